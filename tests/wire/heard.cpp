#include "tests/wire/heard.hpp"

namespace {

using wire::said;

struct listener {
    heard& all;

    heard_choice& hear(int choice, said what) {
        auto& one = all.choices[choice];
        one.order = wire::next(one.order, what);
        return one;
    }

    void operator()(wire::text const& d) { hear(d.choice, said::text).text += d.piece; }
    void operator()(wire::thinking const& d) {
        auto& one = hear(d.choice, said::text);
        one.thinking += d.piece;
        one.signature += d.signature;
    }
    void operator()(wire::refusal const& d) { hear(d.choice, said::text).refusal += d.piece; }
    void operator()(wire::tool_begins const& d) {
        auto& one = hear(d.choice, said::tool_begins);
        if (d.index != static_cast<int>(one.calls.size())) one.order = wire::answer::broken;
        one.calls.push_back({d.id, d.name, {}});
    }
    void operator()(wire::tool_arguments const& d) {
        auto& one = hear(d.choice, said::tool_arguments);
        if (d.index + 1 != static_cast<int>(one.calls.size())) one.order = wire::answer::broken;
        if (!one.calls.empty()) one.calls.back().arguments += d.piece;
    }
    void operator()(wire::tool_ends const& d) { hear(d.choice, said::tool_ends); }
    void operator()(wire::usage const& d) { all.tokens = d; }
    void operator()(wire::finish const& d) { hear(d.choice, said::finish).finish = d.reason; }
    void operator()(wire::failure const& d) { all.failed = d; }
};

struct teller {
    std::ostream& out;

    void operator()(wire::text const& d) { out << "text " << d.choice << " '" << d.piece << "'"; }
    void operator()(wire::thinking const& d) {
        out << "thinking " << d.choice << " '" << d.piece << "' signed '" << d.signature << "'"
            << (d.redacted ? " redacted" : "");
    }
    void operator()(wire::refusal const& d) {
        out << "refusal " << d.choice << " '" << d.piece << "'";
    }
    void operator()(wire::tool_begins const& d) {
        out << "tool_begins " << d.choice << '.' << d.index << ' ' << d.id << ' ' << d.name;
    }
    void operator()(wire::tool_arguments const& d) {
        out << "tool_arguments " << d.choice << '.' << d.index << " '" << d.piece << "'";
    }
    void operator()(wire::tool_ends const& d) { out << "tool_ends " << d.choice << '.' << d.index; }
    void operator()(wire::usage const& d) {
        out << "usage " << d.input << ' ' << d.output << ' ' << d.cached << ' ' << d.reasoning;
    }
    void operator()(wire::finish const& d) {
        out << "finish " << d.choice << ' ' << wire::to_text(d.reason);
    }
    void operator()(wire::failure const& d) {
        out << "failure " << d.status << " '" << d.type << "' '" << d.message << "' '" << d.code
            << "'";
    }
};

}  // namespace

heard put_together(std::vector<wire::delta> const& deltas) {
    heard all;
    for (auto const& one : deltas) std::visit(listener{all}, one);
    return all;
}

std::vector<wire::delta> decode(wire::provider_format const&  format,
                                std::vector<std::string_view> pieces) {
    std::vector<wire::delta> out;
    auto const               decoder = format.decoder(4 << 20);
    for (auto const piece : pieces) decoder->feed(piece, out);
    decoder->end(out);
    return out;
}

std::vector<std::string_view> bytewise(std::string_view bytes) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < bytes.size(); ++at) pieces.push_back(bytes.substr(at, 1));
    return pieces;
}

std::vector<wire::delta> said_by(wire::provider_format const& format, std::string_view bytes) {
    return decode(format, {bytes});
}

namespace wire {
void PrintTo(delta const& one, std::ostream* out) { std::visit(teller{*out}, one); }
}  // namespace wire
