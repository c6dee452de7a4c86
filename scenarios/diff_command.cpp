#include <cstdio>

#include "replay/difference.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/import.hpp"
#include "scenarios/recording_text.hpp"

namespace scenario {

int diff(diff_options const& options) {
    try {
        auto const a = read_recording_file(options.a);
        auto const b = read_recording_file(options.b);
        auto const lines = replay::difference(a, b, {options.times});
        bool       differs = false;
        for (auto const& line : lines) {
            std::printf("%s\n", line.c_str());
            differs = differs || !line.starts_with(' ');
        }
        return differs ? 1 : 0;
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

int import_file(import_options const& options) {
    try {
        auto const r = import_recording(read_text(options.path), options.path);
        std::fprintf(stderr, "%s: %s\n", options.path.c_str(), r.note.c_str());
        auto const text = to_text(r);
        if (options.out.empty()) {
            std::fputs(text.c_str(), stdout);
            return 0;
        }
        save_text(options.out, text);
        return 0;
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

}  // namespace scenario
