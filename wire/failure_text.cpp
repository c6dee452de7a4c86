#include "wire/failure_text.hpp"

#include <string>

#include <boost/system/system_error.hpp>

#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr std::size_t text_size_max = 200;

std::string first_words(std::string_view body) {
    constexpr std::string_view blank = " \t\r\n";
    auto const                 begin = body.find_first_not_of(blank);
    if (begin == body.npos) return {};
    body = body.substr(begin, body.find_last_not_of(blank) + 1 - begin);
    if (body.size() > text_size_max) {
        body = body.substr(0, text_size_max);
        // A character that the cut went through is dropped, not mended.
        for (int i = 0; i < 3 && !is_utf8(body); ++i) body.remove_suffix(1);
    }
    return to_utf8(body);
}

// A page is no message: of what is not JSON a single line passes, of anything else its size. A
// stack trace, wherever it stands, is its author's and not the client's (BerriAI/litellm#20850).
std::string told_by_text(std::string_view body) {
    auto const words = first_words(body);
    bool const page = words.starts_with('<') || words.find('\n') != words.npos;
    return page ? "a page of " + std::to_string(body.size()) + " bytes that is not JSON" : words;
}

std::string without_stack(std::string text) {
    for (std::string_view const begin : {"Traceback (most recent call last)", "\n    at ",
                                         "\n\tat ", "\ngoroutine ", "\nstack backtrace"})
        if (auto const at = text.find(begin); at != text.npos) text.resize(at);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == ':'))
        text.pop_back();
    return text.empty() ? "an error without a message" : text;
}

// A code may be a number (OpenRouter) or a word.
std::string word(nlohmann::json const& object, char const* name) {
    auto const* member = find_member(object, name);
    if (!member) return {};
    if (member->is_string()) return member->get<std::string>();
    return member->is_number() ? dump(*member) : std::string();
}

std::string detail_text(nlohmann::json const& told) {
    auto const* detail = find_member(told, "detail");
    if (!detail) return {};
    if (detail->is_string()) return detail->get<std::string>();
    return detail->is_array() && !detail->empty() ? text_member(detail->front(), "msg")
                                                  : std::string();
}

}  // namespace

failure failure_of(int status, nlohmann::json const& told) {
    failure read;
    read.status = status;
    auto const* error = find_member(told, "error");
    if (!error && told.is_array() && !told.empty()) error = find_member(told.front(), "error");
    auto const& details = error && error->is_object() ? *error : told;
    read.type = word(details, "type");
    if (read.type.empty()) read.type = text_member(details, "status");
    read.code = word(details, "code");

    read.message = text_member(details, "message");
    if (read.message.empty() && error && error->is_string()) read.message = *error;
    if (read.message.empty()) read.message = text_member(told, "message");
    if (read.message.empty()) read.message = detail_text(told);
    if (read.message.empty()) read.message = first_words(dump(told));
    read.message = without_stack(std::move(read.message));
    return read;
}

failure read_failure(int status, std::string_view body) {
    json_limits limits;
    limits.unique_names = limits.exact_integers = false;
    try {
        auto const told = parse_json(body, limits);
        if (told.is_object() || told.is_array()) return failure_of(status, told);
    } catch (boost::system::system_error const&) {
        // An error page is seldom JSON.
    }
    failure read;
    read.status = status;
    read.message = told_by_text(body);
    if (read.message.empty()) read.message = "an empty body with status " + std::to_string(status);
    return read;
}

}  // namespace wire
