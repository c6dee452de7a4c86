#include "wire/spelling.hpp"

#include <boost/system/system_error.hpp>

#include "wire/error.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

struct gatherer {
    whole_answer& all;

    void operator()(text const& said) { all.text += said.piece; }
    void operator()(refusal const& said) { all.refused += said.piece; }
    void operator()(thinking const& said) {
        all.thoughts += said.piece;
        all.seal += said.signature;
    }
    void operator()(tool_begins const& said) { all.calls.push_back({said.id, said.name, {}}); }
    void operator()(tool_arguments const& said) {
        if (!all.calls.empty()) all.calls.back().arguments += said.piece;
    }
    void operator()(tool_ends const&) {}
    void operator()(usage const& said) { all.tokens = said; }
    void operator()(finish const& said) { all.reason = said.reason; }
    void operator()(failure const& said) { all.failed = said; }
};

}  // namespace

std::string dump(ordered_json const& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string text_of(nlohmann::json const& message) {
    auto const* content = find_member(message, "content");
    if (!content) return text_member(message, "refusal");
    if (content->is_string()) return content->get<std::string>();
    std::string joined;
    if (!content->is_array()) return joined;
    for (auto const& part : *content) {
        auto const type = text_member(part, "type");
        if (type == "refusal")
            joined += text_member(part, "refusal");
        else if (type == "text" || type == "input_text" || type == "output_text")
            joined += text_member(part, "text");
        else
            fail(error::unsupported, "a part of type " + type + " is not available here");
    }
    return joined;
}

std::vector<tool_call> calls_of(nlohmann::json const& message) {
    std::vector<tool_call> all;
    auto const*            calls = find_member(message, "tool_calls");
    if (!calls || !calls->is_array()) return all;
    for (auto const& call : *calls) {
        auto const* function = find_member(call, "function");
        if (!function) fail(error::unsupported, "a call of a custom tool is not available here");
        all.push_back({text_member(call, "id"), text_member(*function, "name"),
                       text_member(*function, "arguments")});
    }
    return all;
}

nlohmann::json arguments_object(std::string_view arguments) {
    if (arguments.find_first_not_of(" \t\r\n") == arguments.npos) return nlohmann::json::object();
    json_limits limits;
    limits.unique_names = limits.exact_integers = false;
    try {
        auto input = parse_json(arguments, limits);
        if (input.is_object()) return input;
    } catch (boost::system::system_error const&) {
        // Cut by a limit of tokens, or simply wrong.
    }
    return {{"_raw", to_utf8(arguments)}};
}

nlohmann::json schema_of(tool const& offered) {
    auto const type = text_member(offered.original, "type");
    if (!type.empty() && type != "function")
        fail(error::unsupported, "a tool of type " + type + " is not available here");
    if (offered.parameters.is_object() && !offered.parameters.empty()) return offered.parameters;
    return {{"type", "object"}, {"properties", nlohmann::json::object()}};
}

std::string tool_called(nlohmann::json const& messages, std::string const& call_id) {
    for (std::size_t i = messages.size(); i-- > 0;)
        for (auto const& call : calls_of(messages[i]))
            if (call.id == call_id) return call.name;
    return {};
}

std::int64_t tokens_max_of(nlohmann::json const& options) {
    auto const limit = count_member(options, "max_completion_tokens");
    return limit > 0 ? limit : count_member(options, "max_tokens");
}

nlohmann::json stop_words(nlohmann::json const& options) {
    auto const* stop = find_member(options, "stop");
    if (!stop) return nlohmann::json::array();
    return stop->is_array() ? *stop : nlohmann::json::array({*stop});
}

std::pair<std::string, std::string> choice_of(nlohmann::json const& choice) {
    if (choice.is_string()) return {choice.get<std::string>(), {}};
    if (auto const* function = find_member(choice, "function"))
        return {"required", text_member(*function, "name")};
    if (auto const* allowed = find_member(choice, "allowed_tools"))
        return {text_member(*allowed, "mode"), {}};
    return {"auto", {}};
}

whole_answer gather(std::vector<delta> const& said, usage const& tokens) {
    whole_answer all;
    all.tokens = tokens;
    for (auto const& one : said) std::visit(gatherer{all}, one);
    return all;
}

nlohmann::json openai_message(std::string const& role, std::string const& text,
                              std::vector<tool_call> const& calls) {
    nlohmann::json message{{"role", role}, {"content", text}};
    for (auto const& call : calls)
        message["tool_calls"].push_back(
            {{"id", call.id},
             {"type", "function"},
             {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
    return message;
}

nlohmann::json openai_result(std::string const& call_id, std::string const& text) {
    return {{"role", "tool"}, {"tool_call_id", call_id}, {"content", text}};
}

std::vector<std::pair<std::string, std::string>> last_results(nlohmann::json const& messages) {
    std::vector<std::pair<std::string, std::string>> results;
    for (auto const& message : messages) {
        if (text_member(message, "role") != "tool")
            results.clear();
        else
            results.emplace_back(text_member(message, "tool_call_id"),
                                 text_member(message, "content"));
    }
    return results;
}

std::string padding(std::size_t size) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    return std::string(letters.substr(0, size));
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string                out;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        ((out += '%') += hex[byte >> 4]) += hex[byte & 15];
    }
    return out;
}

std::string_view last_part(std::string_view target) {
    target = target.substr(0, target.find('?'));
    return target.substr(target.rfind('/') + 1);
}

}  // namespace wire
