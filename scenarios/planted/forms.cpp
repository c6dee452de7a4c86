#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

namespace {

peer side_of(way w) {
    if (w == way::to_client || w == way::from_client) return peer::client;
    return w == way::to_provider || w == way::from_provider ? peer::provider : peer::server;
}

bool is_outgoing(way w) {
    return w == way::to_client || w == way::to_provider || w == way::to_server;
}

class editing_seam final : public seam {
public:
    editing_seam(seam_ground g, way w, editors e) : seam(std::move(g)), way_(w), make_(e) {}

    runtime::link_faults faults(peer whose) override {
        runtime::link_faults laid;
        if (whose != side_of(way_)) return laid;
        auto& lane = is_outgoing(way_) ? laid.outgoing : laid.incoming;
        lane.push_back(std::make_unique<http_hop>(make_()));
        return laid;
    }

private:
    way     way_;
    editors make_;
};

class open_seam final : public seam {
public:
    using seam::seam;

    runtime::link_faults faults(peer whose) override {
        runtime::link_faults laid;
        laid.outgoing.push_back(hop<message_editor>());
        // Nobody edits requests of clients, and one that waits for its body may be refused.
        if (whose != peer::client) laid.incoming.push_back(hop<message_editor>());
        return laid;
    }
};

json const& member_of(json const& object, char const* name) {
    static json const none;
    if (!object.is_object()) return none;
    auto const at = object.find(name);
    return at == object.end() ? none : *at;
}

std::string text_member(json const& object, char const* name) {
    auto const& value = member_of(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace

planted_fault::maker edited(way w, editors make) {
    return [=](seam_ground g) { return std::make_unique<editing_seam>(std::move(g), w, make); };
}

planted_fault::maker passes_all() { return laid<open_seam>(); }

json const& choice_of(sse_block const& b) {
    auto const& choices = member_of(b.json, "choices");
    return choices.is_array() && !choices.empty() ? choices.front() : member_of(b.json, "");
}

json const& delta_of(sse_block const& b) { return member_of(choice_of(b), "delta"); }

std::string text_of(sse_block const& b) { return text_member(delta_of(b), "content"); }

std::string finish_of(sse_block const& b) { return text_member(choice_of(b), "finish_reason"); }

bool is_done(sse_block const& b) { return b.is_event && b.data == "[DONE]"; }

bool is_error(sse_block const& b) { return member_of(b.json, "error").is_object(); }

bool is_usage(sse_block const& b) {
    return member_of(b.json, "usage").is_object() && choice_of(b).is_null();
}

bool has_calls(sse_block const& b) { return member_of(delta_of(b), "tool_calls").is_array(); }

std::string with_text(sse_block const& b, std::string const& text) {
    auto said = b.json;
    said["choices"][0]["delta"]["content"] = text;
    return as_event(said);
}

std::string as_event(json const& said) {
    return wire::to_sse(said.dump(-1, ' ', false, json::error_handler_t::ignore));
}

std::string bare_chunk(sse_block const& like, json delta, json finish) {
    auto said = like.json.is_object() ? like.json : json::object();
    said.erase("usage");
    json choice;
    choice["index"] = 0;
    choice["delta"] = std::move(delta);
    choice["finish_reason"] = std::move(finish);
    said["choices"] = json::array({choice});
    return as_event(said);
}

}  // namespace scenario::planting
