#include "scenarios/checks.hpp"
#include "wire/json_members.hpp"

// A client of an endpoint reads that endpoint's errors and no others: told in another's shape, an
// error is none to it.
namespace scenario::standing {

namespace {

constexpr char const* id = "error-shape";

using json = nlohmann::json;

enum class shape { openai, anthropic, none };

shape shape_at(std::string const& target) {
    auto const path = target.substr(0, target.find('?'));
    if (path.ends_with("/v1/messages")) return shape::anthropic;
    bool const known = path.ends_with("/chat/completions") || path.ends_with("/responses") ||
                       path.find("/responses/") != path.npos || path.ends_with("/models");
    return known ? shape::openai : shape::none;
}

bool is_words(json const& value) { return value.is_string() && value != ""; }

// Empty: it is as it should be.
std::string flaw(shape wanted, json const& body) {
    auto const& error = member(body, "error");
    if (!error.is_object()) return "it has no 'error'";
    if (wanted == shape::anthropic && member(body, "type") != "error")
        return "its type is not 'error'";
    if (wanted == shape::openai && body.contains("type") && member(body, "type") != "error")
        return "its type is " + member(body, "type").dump();
    if (!is_words(member(error, "message"))) return "it has no message";
    if (!is_words(member(error, "type"))) return "its error has no type";
    if (wanted == shape::anthropic) return {};
    for (auto const* name : {"code", "param"})
        if (!error.contains(name)) return std::string("its error has no '") + name + "'";
    return {};
}

void judge_body(client_exchange const& x, shape wanted, story const& told,
                std::vector<objection>& objections) {
    auto const* body = x.first("body");
    if (x.status < 400 || body == nullptr) return;
    auto const why = flaw(wanted, told.json_of(*body));
    if (!why.empty())
        objections.push_back(object(id, body,
                                    "the body of status " + std::to_string(x.status) +
                                        " has not the shape of " + x.path + ": " + why));
}

void judge_events(client_exchange const& x, shape wanted, story const& told,
                  std::vector<objection>& objections) {
    if (x.status != 200) return;
    for (auto const* e : x.heard) {
        if (e->verb != "frame") continue;
        auto const& said = told.json_of(*e);
        bool const  is_error = said.is_object() &&
                              (said.contains("error") || member(said, "type") == "error") &&
                              !said.contains("response");
        if (!is_error) continue;
        auto const why = flaw(wanted, said);
        if (!why.empty())
            objections.push_back(object(
                id, e, "the error in the stream has not the shape of " + x.path + ": " + why));
    }
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    // Who passes on what it is given has the errors of who gave it.
    if (&seen.profile != &clean_profile()) return objections;
    for (auto const& x : seen.told.exchanges) {
        auto const wanted = shape_at(x.path);
        if (wanted == shape::none) continue;
        judge_body(x, wanted, seen.told, objections);
        judge_events(x, wanted, seen.told, objections);
    }
    return objections;
}

}  // namespace

check error_shape() {
    return {id,
            "an error has the shape of the endpoint that was asked, as a body and in a stream: "
            "OpenAI's error with message, type, param and code, Anthropic's type 'error' around it",
            "OpenAI and Anthropic API references, errors; BerriAI/litellm#18757", judge};
}

}  // namespace scenario::standing
