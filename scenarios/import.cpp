#include "scenarios/import.hpp"

#include <boost/beast/core/string.hpp>
#include <filesystem>

#include "replay/redaction.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

namespace {

bool has_type(replay::answer const& a, std::string_view wanted) {
    auto const* type = runtime::find_field(a.fields, "content-type");
    return type && boost::beast::iequals(std::string_view(*type).substr(0, wanted.size()), wanted);
}

// Where the pieces of a body end: behind a blank line, or behind each line.
std::vector<std::string> pieces_of(std::string const& body, bool events, bool lines) {
    if (!events && !lines) return {body};
    std::vector<std::string> pieces;
    std::size_t              from = 0;
    std::size_t              line = 0;  // where the line begins
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != '\n') continue;
        bool const blank = i == line || (i == line + 1 && body[line] == '\r');
        line = i + 1;
        if (events && !blank) continue;
        pieces.push_back(body.substr(from, line - from));
        from = line;
    }
    if (from < body.size()) pieces.push_back(body.substr(from));
    return pieces;
}

}  // namespace

void lay_body(replay::answer& a, std::string const& body, runtime::duration at) {
    std::erase_if(a.fields, [](auto const& field) {
        // Whoever kept the body has taken it out of its coding and its frames.
        return boost::beast::iequals(field.first, "content-encoding") ||
               boost::beast::iequals(field.first, "transfer-encoding") ||
               boost::beast::iequals(field.first, "content-length");
    });
    bool const events = has_type(a, "text/event-stream");
    bool const lines = has_type(a, "application/x-ndjson");
    if (events || lines)
        a.fields.emplace_back("Transfer-Encoding", "chunked");
    else if (a.status != 204 && a.status != 304)
        a.fields.emplace_back("Content-Length", std::to_string(body.size()));
    a.head_at = a.ended_at = at;
    if (body.empty()) return;
    for (auto& piece : pieces_of(body, events, lines)) a.pieces.push_back({at, std::move(piece)});
}

replay::recording import_body(std::string const& text, std::string const& path) {
    replay::recording r;
    replay::exchange  x;
    auto const        extension = std::filesystem::path(path).extension();
    x.answered.status = 200;
    x.answered.reason = "OK";
    x.answered.fields = {
        {"Content-Type", extension == ".ndjson" ? "application/x-ndjson" : "text/event-stream"}};
    lay_body(x.answered, text, {});
    r.exchanges.push_back(std::move(x));
    r.note =
        "imported from a body: the request is not known (any will do), nor the answer's headers, "
        "nor gaps (all comes at once), nor the borders of transfer chunks (an event or a line "
        "each)";
    return r;
}

replay::recording import_recording(std::string const& text, std::string const& path) {
    auto const        extension = std::filesystem::path(path).extension();
    replay::recording r;
    if (extension == ".sse" || extension == ".ndjson" || extension == ".jsonl")
        r = import_body(text, path);
    else if (extension == ".har")
        r = import_har(text, path);
    else if (extension == ".yaml" || extension == ".yml")
        r = import_cassette(text, path);
    else if (extension == ".json" && text.find("\"fixtures\"") != text.npos)
        r = import_fixtures(text, path);
    else if (extension == ".json" && text.find("\"log\"") != text.npos)
        r = import_har(text, path);
    else
        throw syntax_error(path, {}, {}, "nobody knows how to import this file",
                           ".sse, .ndjson, .har, .yaml (VCR), .json (HAR, aimock's fixtures)");
    r.source = std::filesystem::path(path).filename().string();
    replay::redaction const secrets;
    for (auto& x : r.exchanges) secrets.clean(x);
    return r;
}

}  // namespace scenario
