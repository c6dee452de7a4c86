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

[[noreturn]] void refuse(char const* what) { fail(error::not_json_rpc, what); }

rpc_id read_id(nlohmann::json const& id, rpc_limits const& limits) {
    if (auto const* text = id.get_ptr<std::string const*>()) {
        if (text->size() > limits.id_max)
            fail(error::id_too_large, "more than " + std::to_string(limits.id_max) + " bytes");
        return *text;
    }
    if (id.is_number_unsigned()) {
        auto const value = id.get<std::uint64_t>();
        if (value > std::numeric_limits<std::int64_t>::max()) return value;
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

rpc_response broken(rpc_response response, std::string why, nlohmann::json data = {}) {
    response.error = rpc_error{rpc_internal_error, std::move(why), std::move(data)};
    response.mended = true;
    return response;
}

std::optional<int> read_code(nlohmann::json const& error) {
    auto const found = error.find("code");
    if (found == error.end() || !found->is_number_integer()) return {};
    // nlohmann converts in silence: an unsigned number beyond 63 bits would wrap into range.
    auto const& code = *found;
    bool const  fits = code.is_number_unsigned() ? std::in_range<int>(code.get<std::uint64_t>())
                                                 : std::in_range<int>(code.get<std::int64_t>());
    if (!fits) return {};
    return code.get<int>();
}

void read_error(nlohmann::json const& given, rpc_response& into) {
    if (!given.is_object()) {
        into = broken(std::move(into), "the answer's error is not an object", given);
        return;
    }
    auto const code = read_code(given);
    auto const message = given.find("message");
    bool const has_message = message != given.end() && message->is_string();
    into.mended = !code || !has_message;
    into.error = rpc_error{code.value_or(rpc_internal_error),
                           has_message ? message->get<std::string>()
                                       : std::string("the answer's error has no message"),
                           {}};
    if (auto const data = given.find("data"); data != given.end()) into.error->data = *data;
}

// An answer that breaks the rules but names its request becomes an error answer: the call
// fails at once and not at its time limit.
rpc_response read_response(nlohmann::json& message, rpc_limits const& limits) {
    rpc_response response;
    if (auto const id = message.find("id"); id != message.end() && !id->is_null())
        response.id = read_id(*id, limits);
    auto const result = message.find("result");
    auto const error = message.find("error");
    bool const has_error = error != message.end() && !error->is_null();
    if (!has_error && !response.id) refuse("a result without the id of its request");

    if (result != message.end() && has_error)
        response = broken(std::move(response), "an answer with a result and an error");
    else if (has_error)
        read_error(*error, response);
    else if (result == message.end() || !(result->is_object() || result->is_null()))
        response = broken(std::move(response), "an answer whose result is not an object");
    else
        response.result = std::move(*result);
    return response;
}

nlohmann::json read_params(nlohmann::json& message) {
    auto const params = message.find("params");
    return params == message.end() ? nlohmann::json() : std::move(*params);
}

nlohmann::json parse_object(std::string_view text, json_limits const& limits) {
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

rpc_message parse_rpc(std::string_view text, rpc_limits const& limits) {
    auto       message = parse_object(text, limits.json);
    auto const version = message.find("jsonrpc");
    if (version == message.end() || *version != "2.0") refuse("no \"jsonrpc\":\"2.0\"");

    auto const method = message.find("method");
    if (method == message.end()) {
        if (!message.contains("result") && !message.contains("error"))
            refuse("neither a method nor a result nor an error");
        return read_response(message, limits);
    }
    if (!method->is_string()) refuse("a method that is not a string");
    auto const& name = method->get_ref<std::string const&>();
    if (name.size() > limits.method_max)
        fail(error::method_too_large, "more than " + std::to_string(limits.method_max) + " bytes");
    auto const id = message.find("id");
    if (id == message.end()) return rpc_notification{name, read_params(message)};
    return rpc_request{read_id(*id, limits), name, read_params(message)};
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
