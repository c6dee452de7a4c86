#pragma once

#include <string>
#include <string_view>

#include "replay/recording.hpp"

namespace replay {

// Reads one HTTP/1.x message while its bytes pass by, and holds none of them up: what it does not
// understand it says, and the bytes pass all the same. Transfer chunks keep their borders.
class message_watch {
public:
    enum class kind { request, answer };
    // `no_body`: the answer to a HEAD.
    explicit message_watch(kind what, bool no_body = false) : what_(what), no_body_(no_body) {}

    // Gives how many of the bytes belong to this message; fewer than all only if it is done.
    std::size_t feed(std::string_view bytes, runtime::duration now);

    bool head_done() const { return state_ != state::head; }
    bool done() const { return state_ == state::done; }
    bool not_http() const { return state_ == state::lost; }  // whatever follows is not understood
    bool ends_with_connection() const { return state_ == state::until_close; }
    bool keep_alive() const;

    // The start line's three parts: method, target, version; or version, status, reason.
    std::string const& start(int part) const { return start_[part]; }

    runtime::http_fields const& fields() const { return fields_; }
    runtime::http_fields const& trailers() const { return trailers_; }
    runtime::duration           head_at() const { return head_at_; }
    std::vector<piece> const&   pieces() const { return pieces_; }
    std::string                 body() const;

    // A pause within one transfer chunk that is worth a piece of its own.
    static constexpr runtime::duration pause = std::chrono::milliseconds(1);

private:
    enum class state { head, length, size, data, data_end, trailer, until_close, done, lost };

    std::size_t step(std::string_view bytes, runtime::duration now);
    std::size_t line(std::string_view bytes, std::string& whole);  // until a line feed
    void        read_head(runtime::duration now);
    void        take(std::string_view payload, runtime::duration now, std::uint64_t still_open);
    void        read_size();

    kind                 what_;
    bool                 no_body_;
    state                state_ = state::head;
    std::string          text_;  // of the head, or of a line that is not whole yet
    std::string          start_[3];
    runtime::http_fields fields_;
    runtime::http_fields trailers_;
    runtime::duration    head_at_{};
    std::vector<piece>   pieces_;
    std::uint64_t        left_ = 0;
    bool                 chunk_begun_ = false;
    runtime::duration    last_part_{};  // of the chunk that is not whole yet
};

}  // namespace replay
