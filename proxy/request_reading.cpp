#include "proxy/request_reading.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>

#include "wire/json_guard.hpp"

namespace proxy {

namespace {

// A day is more than any limit of ours.
std::optional<runtime::duration> read_timeout(nlohmann::json const& from) {
    constexpr double day = 24 * 3600;
    auto const*      at = given(from, "timeout");
    if (!at) return {};
    if (!at->is_number() || at->get<double>() <= 0)
        refuse_request(400, "invalid_value", "timeout must be a number of seconds above 0",
                       "timeout");
    auto const seconds = std::chrono::duration<double>(std::min(at->get<double>(), day));
    return std::chrono::duration_cast<runtime::duration>(seconds);
}

}  // namespace

void refuse_request(int status, std::string code, std::string message, std::string param) {
    request_problem p;
    p.status = status;
    p.code = std::move(code);
    p.message = std::move(message);
    p.param = std::move(param);
    throw refused(std::move(p));
}

nlohmann::json parse_request(std::string_view body, limits const& l) {
    auto limits = of_messages(l).json;
    limits.exact_integers = true;
    try {
        auto request = wire::parse_json(body, limits);
        if (!request.is_object())
            refuse_request(400, "invalid_json", "the request body must be a JSON object", "");
        return request;
    } catch (boost::system::system_error const& e) {
        refuse_request(
            400, "invalid_json",
            "the request body is no usable JSON: " + passed_text(e.code(), l).value_or(e.what()),
            "");
    }
}

nlohmann::json const* given(nlohmann::json const& from, char const* name) {
    if (!from.is_object()) return nullptr;
    auto const at = from.find(name);
    return at == from.end() || at->is_null() ? nullptr : &*at;
}

bool read_flag(nlohmann::json const& from, char const* name, bool otherwise) {
    auto const* at = given(from, name);
    if (!at) return otherwise;
    if (!at->is_boolean())
        refuse_request(400, "invalid_type", std::string(name) + " must be true or false", name);
    return at->get<bool>();
}

std::string read_text(nlohmann::json const& from, char const* name) {
    auto const* at = given(from, name);
    if (!at) return {};
    if (!at->is_string())
        refuse_request(400, "invalid_type", std::string(name) + " must be a text", name);
    return at->get<std::string>();
}

question read_question(nlohmann::json const& request, config const& config) {
    question    read;
    auto const* name = given(request, "model");
    if (!name || !name->is_string())
        refuse_request(400, "missing_model", "model must be a string", "model");
    read.model_name = name->get<std::string>();
    read.asked_model = config.find_model(read.model_name);
    if (!read.asked_model)
        refuse_request(404, "model_not_found", "there is no model '" + read.model_name + "' here",
                       "model");
    read.stream = read_flag(request, "stream");
    read.timeout = read_timeout(request);
    read.talk.stream = read.stream;
    return read;
}

}  // namespace proxy
