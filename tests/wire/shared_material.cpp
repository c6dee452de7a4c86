#include "tests/wire/shared_material.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace shared_material {
namespace {

int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

std::string from_base64(std::string const& text) {
    std::string out;
    unsigned    bits = 0;
    int         count = 0;
    for (char const c : text) {
        int const digit = base64_digit(c);
        if (digit < 0) break;
        bits = bits << 6 | static_cast<unsigned>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xFF);
    }
    return out;
}

std::string from_hex(std::string const& text) {
    std::string out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
    return out;
}

}  // namespace

std::filesystem::path folder() {
    if (char const* named = std::getenv("LOCKSTEP_SHARED")) return named;
    return std::filesystem::path(LOCKSTEP_SOURCE_DIR) / ".." / "shared";
}

std::string read(std::filesystem::path const& file) {
    std::ifstream      in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<nlohmann::json> read_lines(std::filesystem::path const& file) {
    std::vector<nlohmann::json> lines;
    std::ifstream               in(file, std::ios::binary);
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) lines.push_back(nlohmann::json::parse(line));
    return lines;
}

std::string bytes_of(nlohmann::json const& told) {
    if (told.contains("text")) return told["text"];
    if (told.contains("b64")) return from_base64(told["b64"]);
    if (told.contains("hex")) return from_hex(told["hex"]);
    std::string out;
    for (auto const& part : told.at("build")) {
        auto const once = bytes_of(part);
        for (int i = part.value("repeat", 1); i > 0; --i) out += once;
    }
    return out;
}

}  // namespace shared_material
