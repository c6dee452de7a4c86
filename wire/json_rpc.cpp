#include "wire/json_rpc.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <boost/system/system_error.hpp>

#include "wire/error.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr std::size_t id_size_max = 256;
constexpr std::size_t method_size_max = 256;

[[noreturn]] void refuse(char const* what) { fail(error::not_json_rpc, what); }

rpc_id read_id(nlohmann::json const& id) {
    if (auto const* text = id.get_ptr<std::string const*>()) {
        if (text->size() > id_size_max) refuse("an id of more than 256 bytes");
        return *text;
    }
    if (id.is_number_unsigned()) {
        auto const value = id.get<std::uint64_t>();
        if (value > std::numeric_limits<std::int64_t>::max()) refuse("an id beyond 64 bits");
        return static_cast<std::int64_t>(value);
    }
    if (id.is_number_integer()) return id.get<std::int64_t>();
    if (id.is_number_float()) {
        // 1e2 is an integer written oddly; JavaScript peers cannot tell it from 100.
        double const value = id.get<double>();
        if (std::trunc(value) == value && std::abs(value) <= 9007199254740992.0)
            return static_cast<std::int64_t>(value);
    }
    refuse("an id that is neither a string nor an integer");
}

int read_code(nlohmann::json const& code) {
    if (!code.is_number_integer()) return rpc_internal_error;
    // nlohmann converts in silence: an unsigned number beyond 63 bits would wrap into range.
    bool const fits = code.is_number_unsigned() ? std::in_range<int>(code.get<std::uint64_t>())
                                                : std::in_range<int>(code.get<std::int64_t>());
    return fits ? code.get<int>() : rpc_internal_error;
}

rpc_error read_error(nlohmann::json const& given) {
    rpc_error read;
    if (!given.is_object()) {
        read = {rpc_internal_error, "the answer's error is not an object", given};
        return read;
    }
    auto const code = given.find("code");
    auto const message = given.find("message");
    read.code = code != given.end() ? read_code(*code) : rpc_internal_error;
    if (message != given.end() && message->is_string())
        read.message = message->get<std::string>();
    else
        read.message = "the answer's error has no message";
    if (auto const data = given.find("data"); data != given.end()) read.data = *data;
    return read;
}

// An answer that breaks the rules but names its request becomes an error answer: the call
// fails at once and not at its time limit.
rpc_response read_response(nlohmann::json& message) {
    rpc_response response;
    if (auto const id = message.find("id"); id != message.end() && !id->is_null())
        response.id = read_id(*id);
    auto const result = message.find("result");
    auto const error = message.find("error");
    bool const has_error = error != message.end() && !error->is_null();
    if (!has_error && !response.id) refuse("a result without the id of its request");

    if (result != message.end() && has_error)
        response.error = rpc_error{rpc_internal_error, "an answer with a result and an error", {}};
    else if (has_error)
        response.error = read_error(*error);
    else if (result == message.end() || !(result->is_object() || result->is_null()))
        response.error =
            rpc_error{rpc_internal_error, "an answer whose result is not an object", {}};
    else
        response.result = std::move(*result);
    return response;
}

nlohmann::json read_params(nlohmann::json& message) {
    auto const params = message.find("params");
    return params == message.end() ? nlohmann::json() : std::move(*params);
}

nlohmann::json parse_object(std::string_view text) {
    // The envelope must have one meaning only; big numbers inside a result are a tool's own.
    json_limits limits;
    limits.exact_integers = false;
    try {
        auto message = parse_json(text, limits);
        if (message.is_array()) refuse("a batch; MCP has none");
        if (!message.is_object()) refuse("a message that is not an object");
        return message;
    } catch (boost::system::system_error const& e) {
        if (e.code() == error::repeated_name) refuse("an object that names a member twice");
        throw;
    }
}

nlohmann::json envelope() { return {{"jsonrpc", "2.0"}}; }

}  // namespace

rpc_message parse_rpc(std::string_view text) {
    auto       message = parse_object(text);
    auto const version = message.find("jsonrpc");
    if (version == message.end() || *version != "2.0") refuse("no \"jsonrpc\":\"2.0\"");

    auto const method = message.find("method");
    if (method == message.end()) {
        if (!message.contains("result") && !message.contains("error"))
            refuse("neither a method nor a result nor an error");
        return read_response(message);
    }
    if (!method->is_string()) refuse("a method that is not a string");
    auto const& name = method->get_ref<std::string const&>();
    if (name.size() > method_size_max) refuse("a method of more than 256 bytes");
    auto const id = message.find("id");
    if (id == message.end()) return rpc_notification{name, read_params(message)};
    return rpc_request{read_id(*id), name, read_params(message)};
}

std::string to_text(rpc_request const& request) {
    auto message = envelope();
    message["id"] = to_json(request.id);
    message["method"] = request.method;
    if (!request.params.is_null()) message["params"] = request.params;
    return dump(message);
}

std::string to_text(rpc_notification const& notification) {
    auto message = envelope();
    message["method"] = notification.method;
    if (!notification.params.is_null()) message["params"] = notification.params;
    return dump(message);
}

std::string to_text(rpc_response const& response) {
    auto message = envelope();
    message["id"] = response.id ? to_json(*response.id) : nlohmann::json();
    if (response.error) {
        auto& error = message["error"];
        error = {{"code", response.error->code}, {"message", response.error->message}};
        if (!response.error->data.is_null()) error["data"] = response.error->data;
    } else {
        message["result"] = response.result;
    }
    return dump(message);
}

nlohmann::json to_json(rpc_id const& id) {
    return std::visit([](auto const& value) { return nlohmann::json(value); }, id);
}

std::string to_text(rpc_id const& id) { return dump(to_json(id)); }

}  // namespace wire
