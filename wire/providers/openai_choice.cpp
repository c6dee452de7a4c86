#include "wire/providers/openai_choice.hpp"

#include <utility>

#include "wire/error.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr std::size_t call_count_max = 256;

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::size_t words_size(delta const& words) {
    auto const size = [](auto const& said) -> std::size_t {
        if constexpr (requires { said.piece; })
            return said.piece.size() + sizeof said;
        else
            return sizeof said;
    };
    return std::visit(size, words);
}

// JSON text as a rule; some servers put the object itself there.
std::string arguments_text(nlohmann::json const& function) {
    auto const* arguments = find_member(function, "arguments");
    if (!arguments) return {};
    return arguments->is_string() ? arguments->get<std::string>() : dump(*arguments);
}

}  // namespace

void json_extent::see(std::string_view text) {
    for (char const c : text) {
        if (escaped_) {
            escaped_ = false;
        } else if (in_string_) {
            if (c == '\\') escaped_ = true;
            if (c == '"') in_string_ = false;
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
            begun_ = true;
        } else if ((c == '}' || c == ']') && depth_ > 0) {
            --depth_;
        }
    }
}

openai_choice::openai_choice(int number, std::size_t waiting_max)
    : number_(number), waiting_max_(waiting_max) {}

void openai_choice::say(delta words, std::vector<delta>& out) {
    bool const calling = open_ < slots_.size() && slots_[open_].begun;
    if (!calling) {
        out.push_back(std::move(words));
        return;
    }
    wait(words_size(words));
    held_.push_back(std::move(words));
    advance(out);
}

void openai_choice::call(nlohmann::json const& entry, std::string const& answer_id,
                         std::vector<delta>& out) {
    if (!entry.is_object()) fail(error::malformed, "a tool call that is not an object");
    static nlohmann::json const nothing = nlohmann::json::object();
    auto const*                 given = find_member(entry, "function");
    auto const&                 function = given ? *given : nothing;

    auto const place = find_slot(entry);
    auto&      here = slots_[place];
    if (here.id.empty()) here.id = text_member(entry, "id");
    if (here.name.empty()) here.name = text_member(function, "name");
    if (here.id.empty() && !here.name.empty())
        here.id = "call_" + answer_id + "_" + std::to_string(place);

    auto const arguments = arguments_text(function);
    if (place < open_) {
        if (is_blank(arguments)) return;
        fail(error::malformed, "arguments for the call " + here.id + ", which was whole");
    }
    here.extent.see(arguments);
    here.waiting += arguments;
    if (place > open_ || !here.begun) wait(arguments.size());
    advance(out);
}

std::size_t openai_choice::find_slot(nlohmann::json const& entry) {
    auto const  id = text_member(entry, "id");
    auto const* function = find_member(entry, "function");
    bool const  named = function && !text_member(*function, "name").empty();
    auto const* index = find_member(entry, "index");

    if (index && index->is_number_integer()) {
        auto const number = index->get<std::int64_t>();
        for (std::size_t i = slots_.size(); i-- > 0;) {
            if (slots_[i].number != number) continue;
            // Another id under the same index is another call, if it brings a name; without
            // one it is a server that makes up an id for every fragment.
            bool const another = !id.empty() && !slots_[i].id.empty() && id != slots_[i].id;
            if (another && named) break;
            return i;
        }
        return new_slot(number);
    }
    if (!id.empty()) {
        for (std::size_t i = slots_.size(); i-- > 0;)
            if (slots_[i].id == id) return i;
        return new_slot(std::nullopt);
    }
    if (named && (slots_.empty() || slots_.back().extent.whole())) return new_slot(std::nullopt);
    if (slots_.empty()) fail(error::malformed, "a piece of a tool call that never began");
    return slots_.size() - 1;
}

std::size_t openai_choice::new_slot(std::optional<std::int64_t> number) {
    if (slots_.size() == call_count_max) fail(error::malformed, "more than 256 tool calls");
    slots_.emplace_back().number = number;
    return slots_.size() - 1;
}

void openai_choice::advance(std::vector<delta>& out) {
    for (;;) {
        if (open_ < slots_.size() && slots_[open_].begun) {
            auto& here = slots_[open_];
            tell_waiting(here, out);
            bool const others_wait = open_ + 1 < slots_.size() || !held_.empty();
            if (!others_wait || !here.extent.whole()) return;
            out.push_back(tool_ends{static_cast<int>(open_), number_});
            ++open_;
        } else {
            tell_held(out);
            if (open_ == slots_.size() || slots_[open_].name.empty()) return;
            begin(slots_[open_], out);
        }
    }
}

void openai_choice::end(std::vector<delta>& out) {
    for (; open_ < slots_.size(); ++open_) {
        auto& here = slots_[open_];
        if (!here.begun) {
            if (here.name.empty()) fail(error::malformed, "a tool call without a name");
            begin(here, out);
        }
        tell_waiting(here, out);
        out.push_back(tool_ends{static_cast<int>(open_), number_});
        tell_held(out);
    }
    tell_held(out);
}

finish_reason openai_choice::reason() const {
    auto const reason = reason_.value_or(finish_reason::stop);
    return reason == finish_reason::stop && !slots_.empty() ? finish_reason::tool_calls : reason;
}

void openai_choice::begin(slot& here, std::vector<delta>& out) {
    here.begun = true;
    out.push_back(tool_begins{static_cast<int>(open_), here.id, here.name, number_});
}

void openai_choice::tell_waiting(slot& here, std::vector<delta>& out) {
    if (here.waiting.empty()) return;
    out.push_back(
        tool_arguments{static_cast<int>(open_), std::exchange(here.waiting, {}), number_});
}

void openai_choice::tell_held(std::vector<delta>& out) {
    for (auto& words : held_) out.push_back(std::move(words));
    held_.clear();
}

void openai_choice::wait(std::size_t bytes) {
    waiting_size_ += bytes;
    if (waiting_size_ > waiting_max_)
        fail(error::event_too_large, "too much waits for a tool call to be whole");
}

}  // namespace wire
