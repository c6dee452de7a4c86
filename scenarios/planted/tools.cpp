// What becomes of tools on their way: calls, arguments, results, and questions to the model.

#include <algorithm>

#include "scenarios/planted/relaying.hpp"
#include "wire/json_members.hpp"

namespace scenario::planting {

namespace {

// Edits the results that a question hands to the model, in OpenAI's form.
class result_editor : public message_editor {
    void whole(std::string&, std::string& body) override {
        auto asked = wire::read_json(body);
        if (!asked.is_object() || !asked.contains("messages")) return;
        auto&                    messages = asked["messages"];
        std::vector<std::size_t> results;
        for (std::size_t i = 0; i < messages.size(); ++i)
            if (messages[i].value("role", "") == "tool") results.push_back(i);
        if (results.empty()) return;
        edit(messages, results);
        body = asked.dump();
    }
    virtual void edit(json& messages, std::vector<std::size_t> const& results) = 0;
};

class loses_result final : public result_editor {
    void edit(json& messages, std::vector<std::size_t> const& results) override {
        messages.erase(results.back());
    }
};

class empties_result final : public result_editor {
    void edit(json& messages, std::vector<std::size_t> const& results) override {
        messages[results.back()]["content"] = "";
    }
};

class swaps_results final : public result_editor {
    void edit(json& messages, std::vector<std::size_t> const& results) override {
        std::swap(messages[results.front()]["content"], messages[results.back()]["content"]);
    }
};

class doubles_result final : public result_editor {
    void edit(json& messages, std::vector<std::size_t> const& results) override {
        messages.push_back(json(messages[results.back()]));
    }
};

class loses_arguments final : public message_editor {
    void whole(std::string&, std::string& body) override {
        auto said = wire::read_json(body);
        if (!said.is_object() || said.value("method", "") != "tools/call") return;
        said["params"]["arguments"] = json::object();
        body = said.dump();
    }
};

// Says every request that `part` is in once more.
class asks_twice final : public working_seam {
public:
    asks_twice(seam_ground g, peer whose, char const* part)
        : working_seam(std::move(g)), whose_(whose), part_(part) {}

    std::unique_ptr<runtime::stream> joined(peer whose, runtime::address const& to,
                                            std::unique_ptr<runtime::stream> s) override {
        if (whose != whose_) return s;
        runtime::link_faults laid;
        laid.outgoing.push_back(hop<editor>(*this, to));
        return runtime::linked(std::move(s), outside(), std::move(laid));
    }

private:
    class editor final : public message_editor {
    public:
        editor(asks_twice& seam, runtime::address to) : seam_(seam), to_(std::move(to)) {}
        void whole(std::string& head, std::string& body) override {
            if (body.find(seam_.part_) != body.npos) seam_.repeat(to_, head + body);
        }

    private:
        asks_twice&      seam_;
        runtime::address to_;
    };

    peer        whose_;
    char const* part_;
};

// A call that is the client's to run is made at the MCP server as well.
class runs_own_functions final : public working_seam {
public:
    using working_seam::working_seam;

    std::unique_ptr<runtime::stream> joined(peer whose, runtime::address const& to,
                                            std::unique_ptr<runtime::stream> s) override {
        runtime::link_faults laid;
        if (whose == peer::client) laid.outgoing.push_back(hop<listener>(*this));
        if (whose == peer::server) {
            server_ = to;
            laid.outgoing.push_back(hop<copier>(*this));
        }
        return runtime::linked(std::move(s), outside(), std::move(laid));
    }

private:
    // Keeps a request to the server, for its session.
    class copier final : public message_editor {
    public:
        explicit copier(runs_own_functions& s) : seam_(s) {}
        void whole(std::string& head, std::string& body) override {
            seam_.head_ = head;
            seam_.size_ = body.size();
        }

    private:
        runs_own_functions& seam_;
    };

    class listener final : public message_editor {
    public:
        explicit listener(runs_own_functions& s) : seam_(s) {}
        void event(sse_block const& b) override {
            say(b.raw);
            if (!has_calls(b)) return;
            for (auto const& piece : delta_of(b)["tool_calls"])
                if (piece.contains("id")) seam_.call(piece["function"]["name"]);
        }

    private:
        runs_own_functions& seam_;
    };

    void call(json const& name) {
        if (head_.empty()) return;  // no server has been asked for anything
        json request{{"jsonrpc", "2.0"}, {"id", 999}, {"method", "tools/call"}};
        request["params"]["name"] = name;
        request["params"]["arguments"] = json::object();
        auto const body = request.dump();
        auto       head = head_;
        auto const old = "Content-Length: " + std::to_string(size_);
        head.replace(head.find(old), old.size(), "Content-Length: " + std::to_string(body.size()));
        repeat(server_, head + body);
    }

    runtime::address server_;
    std::string      head_;
    std::size_t      size_ = 0;
};

}  // namespace

std::vector<planted_fault> tools();

std::vector<planted_fault> tools() {
    char const* const              id = "side-effects";
    char const* const              oracle = "rule of side-effects";
    std::vector<std::string> const one{"seed/tool_in_the_middle"};
    std::vector<std::string> const two{"tools/parallel_calls"};
    return {
        {"loses-a-result", "a tool's result never reaches the model", "BerriAI/litellm#19129", id,
         one, edits<loses_result>(way::to_provider)},
        {"empties-a-result", "the model gets an empty result", "cloudflare/agents#1371", id, one,
         edits<empties_result>(way::to_provider)},
        {"swaps-results", "the results of two calls are exchanged", "crewAIInc/crewAI#7486", id,
         two, edits<swaps_results>(way::to_provider)},
        {"doubles-a-result", "a result is handed to the model twice", oracle, id, one,
         edits<doubles_result>(way::to_provider)},
        {"loses-the-arguments", "a tool is called without its arguments", "BerriAI/litellm#20711",
         id, one, edits<loses_arguments>(way::to_server)},
        {"calls-twice", "a tool is called twice for one call", oracle, id, one,
         laid<asks_twice>(peer::server, "tools/call")},
        {"asks-the-model-twice",
         "the model is asked twice for one turn",
         "BerriAI/litellm#19129",
         id,
         {"tools/model_may_decline", "tools/no_tools"},
         laid<asks_twice>(peer::provider, "messages")},
        {"runs-own-functions",
         "the caller's own function is called at an MCP server",
         "BerriAI/litellm#37031",
         id,
         {"tools/own_function_beside_mcp"},
         laid<runs_own_functions>()},
    };
}

}  // namespace scenario::planting
