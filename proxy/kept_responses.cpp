#include "proxy/kept_responses.hpp"

#include <algorithm>

#include "proxy/json_text.hpp"
#include "proxy/request_reading.hpp"

namespace proxy {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view folder = "responses/";
constexpr std::string_view input_items = "/input_items";
constexpr std::string_view cancel = "/cancel";

struct wanted {
    std::string      id;
    std::string_view part;   // "/input_items", "/cancel"; empty: all of it
    std::string_view query;  // without its question mark
};

wanted read_target(std::string_view target) {
    wanted     read;
    auto const mark = target.find('?');
    if (mark != target.npos) read.query = target.substr(mark + 1);
    auto path = target.substr(0, mark);
    path.remove_prefix(std::min(path.size(), path.find(folder) + folder.size()));
    auto const slash = std::min(path.find('/'), path.size());
    read.id = path.substr(0, slash);
    read.part = path.substr(slash);
    return read;
}

bool asks_for_a_stream(std::string_view query) {
    for (std::size_t at = 0; at < query.size();) {
        auto const end = std::min(query.find('&', at), query.size());
        if (query.substr(at, end - at) == "stream=true") return true;
        at = end + 1;
    }
    return false;
}

[[noreturn]] void refuse_method(std::string_view method) {
    refuse_request(405, "method_not_allowed",
                   "a response by its id takes GET and DELETE, its input_items GET: " +
                       std::string(method) + " is none of them",
                   "");
}

// One page: a request is never so long that it would need two.
std::string listed(kept_response const& kept, std::string const& id) {
    json list;
    list["object"] = "list";
    list["data"] = json::array();
    for (auto const& item : kept.input) {
        json told;
        told["id"] =
            "in_" + id.substr(id.find('_') + 1) + "_" + std::to_string(list["data"].size());
        for (auto const& [name, value] : item.items()) told[name] = json(value);
        list["data"].push_back(std::move(told));
    }
    bool const empty = list["data"].empty();
    list["first_id"] = empty ? json() : list["data"].front()["id"];
    list["last_id"] = empty ? json() : list["data"].back()["id"];
    list["has_more"] = false;
    return json_text(list);
}

}  // namespace

std::string about_kept_response(std::string_view method, std::string_view target,
                                response_store& store, std::string const& owner) {
    auto const asked = read_target(target);
    auto const kept = store.find(asked.id, owner);
    bool const known_part = asked.part.empty() || asked.part == input_items || asked.part == cancel;
    if (!kept || !known_part)
        refuse_request(404, "response_not_found",
                       known_part ? "there is no response '" + asked.id + "'"
                                  : "a response has no " + std::string(asked.part),
                       "");
    if (asked.part == cancel && method == "POST")
        refuse_request(400, "unsupported_parameter",
                       "only a response in the background can be cancelled: hang up instead", "");
    if (method == "DELETE" && asked.part.empty()) {
        store.forget(asked.id);
        json gone;
        gone["id"] = asked.id;
        gone["object"] = "response";
        gone["deleted"] = true;
        return json_text(gone);
    }
    if (method != "GET" || asked.part == cancel) refuse_method(method);
    if (asks_for_a_stream(asked.query))
        refuse_request(400, "unsupported_parameter",
                       "only a response in the background can be streamed later", "stream");
    return asked.part.empty() ? kept->body : listed(*kept, asked.id);
}

}  // namespace proxy
