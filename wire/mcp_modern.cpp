#include "wire/mcp_modern.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <openssl/evp.h>

#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"

namespace wire::mcp {
namespace {

using nlohmann::json;

template <std::size_t N>
bool is_one_of(std::string_view word, std::array<std::string_view, N> const& list) {
    return std::ranges::find(list, word) != list.end();
}

constexpr std::string_view wrapper_begin = "=?base64?", wrapper_end = "?=";

// Prefix in small letters, as it is written; anything else is a value like any other.
bool is_wrapped(std::string_view value) {
    return value.size() >= wrapper_begin.size() + wrapper_end.size() &&
           value.starts_with(wrapper_begin) && value.ends_with(wrapper_end);
}

std::string base64(std::string_view bytes) {
    std::string coded(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    auto const  size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                                       reinterpret_cast<unsigned char const*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
    coded.resize(static_cast<std::size_t>(size));
    return coded;
}

std::optional<std::string> from_base64(std::string_view coded) {
    if (coded.size() % 4 != 0) return std::nullopt;
    auto const padding = coded.ends_with("==") ? 2u : coded.ends_with('=') ? 1u : 0u;
    auto const is_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    };
    auto const digits = coded.substr(0, coded.size() - padding);
    if (!std::ranges::all_of(digits, is_digit)) return std::nullopt;
    std::string bytes(coded.size() / 4 * 3 + 1, '\0');
    auto const  size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                       reinterpret_cast<unsigned char const*>(coded.data()),
                                       static_cast<int>(coded.size()));
    if (size < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    // Bits behind the last byte would make two spellings of one value.
    if (base64(bytes) != coded) return std::nullopt;
    return bytes;
}

bool is_token(std::string_view text) {
    constexpr std::string_view also = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               also.find(c) != also.npos;
    });
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// Looks through a schema for what is marked, wherever it stands.
class mark_search {
public:
    void look(json const& schema, std::vector<std::string> const& path, bool reached) {
        if (schema.is_array())
            for (auto const& each : schema) look(each, path, false);
        if (!schema.is_object()) return;
        if (auto const mark = schema.find("x-mcp-header"); mark != schema.end())
            take(*mark, schema, path, reached);
        for (auto const& [name, below] : schema.items()) {
            constexpr std::array<std::string_view, 5> data{"default", "const", "enum", "examples",
                                                           "x-mcp-header"};
            if (is_one_of(name, data)) continue;
            bool const named_below = name == "properties" || name == "$defs" ||
                                     name == "definitions" || name == "patternProperties" ||
                                     name == "dependentSchemas";
            if (!named_below || !below.is_object()) {
                look(below, path, false);
                continue;
            }
            for (auto const& [property, its] : below.items()) {
                auto further = path;
                further.push_back(property);
                look(its, further, reached && name == "properties");
            }
        }
    }

    std::optional<std::vector<mirrored>> found() && {
        if (broken_) return std::nullopt;
        return std::move(found_);
    }

private:
    void take(json const& mark, json const& schema, std::vector<std::string> const& path,
              bool reached) {
        constexpr std::array<std::string_view, 3> plain{"string", "integer", "boolean"};
        auto const name = mark.is_string() ? mark.get<std::string>() : std::string();
        bool const legal = reached && is_token(name) &&
                           is_one_of(text_member(schema, "type"), plain) &&
                           names_.insert(lower(name)).second;
        if (!legal) broken_ = true;
        found_.push_back({"Mcp-Param-" + name, path});
    }

    std::vector<mirrored> found_;
    std::set<std::string> names_;
    bool                  broken_ = false;
};

}  // namespace

bool speaks_modern(rpc_response const& answer) {
    auto const names_ours = [](json const* versions) {
        return versions && versions->is_array() &&
               std::ranges::find(*versions, json(modern_revision)) != versions->end();
    };
    if (!answer.error) return names_ours(find_member(answer.result, "supportedVersions"));
    if (answer.error->code == version_unsupported)
        return names_ours(find_member(answer.error->data, "supported"));
    return is_modern_error(answer.error->code);
}

bool may_be_modern(rpc_error const& refusal) {
    return is_modern_error(refusal.code) || refusal.code == rpc_method_not_found ||
           refusal.code == rpc_invalid_params;
}

bool is_modern_error(int code) {
    return code == header_mismatch || code == capability_missing || code == version_unsupported;
}

unsigned status_of_error(int code) {
    if (code == rpc_method_not_found) return 404;
    return is_modern_error(code) ? 400 : 200;
}

bool is_removed(std::string_view method) {
    constexpr std::array<std::string_view, 5> removed{
        "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"};
    return is_one_of(method, removed);
}

bool is_cacheable(std::string_view method) {
    constexpr std::array<std::string_view, 6> kept{
        "server/discover",          "tools/list",    "prompts/list", "resources/list",
        "resources/templates/list", "resources/read"};
    return is_one_of(method, kept);
}

json with_meta(json params, std::string const& client_name, std::string const& version) {
    if (!params.is_object()) params = json::object();
    auto& meta = params["_meta"];
    meta[meta_version] = modern_revision;
    meta[meta_capabilities] = json::object();
    meta[meta_client] = {{"name", client_name}, {"version", version}};
    return params;
}

std::optional<std::string> name_in(std::string_view request) {
    struct row {
        std::string_view method, member;
    };
    constexpr std::array<row, 6> rows{{{"tools/call", "name"},
                                       {"prompts/get", "name"},
                                       {"resources/read", "uri"},
                                       {"tasks/get", "taskId"},
                                       {"tasks/update", "taskId"},
                                       {"tasks/cancel", "taskId"}}};
    auto const                   method = slice(request, "method").value_or("");
    for (auto const& row : rows) {
        if (method.size() != row.method.size() + 2 ||
            method.substr(1, row.method.size()) != row.method)
            continue;
        std::array const path{std::string_view("params"), row.member};
        auto const       value = read_json(slice(request, path).value_or("null"));
        return value.is_string() ? value.get<std::string>() : std::string();
    }
    return std::nullopt;
}

std::string to_header(std::string_view value) {
    auto const plain = [](char c) { return c >= 0x20 && c < 0x7f; };
    bool const blank_edge = value.starts_with(' ') || value.ends_with(' ');
    if (std::ranges::all_of(value, plain) && !blank_edge && !is_wrapped(value))
        return std::string(value);
    return std::string(wrapper_begin) + base64(value) + std::string(wrapper_end);
}

std::optional<std::string> from_header(std::string_view value) {
    auto const from = value.find_first_not_of(" \t");
    if (from == value.npos) return std::string();
    value = value.substr(from, value.find_last_not_of(" \t") - from + 1);
    if (!is_wrapped(value)) return std::string(value);
    value.remove_prefix(wrapper_begin.size());
    value.remove_suffix(wrapper_end.size());
    return from_base64(value);
}

bool has_modern_meta(json const& params) {
    auto const* meta = find_member(params, "_meta");
    return meta && find_member(*meta, meta_version);
}

std::optional<rpc_error> objection_to(rpc_request const& request, header_lookup const& header,
                                      std::vector<std::string> const& spoken) {
    auto const  none = json();
    auto const* meta = find_member(request.params, "_meta");
    auto const  version = text_member(meta ? *meta : none, meta_version);
    auto const* can = meta ? find_member(*meta, meta_capabilities) : nullptr;
    if (version.empty())
        return rpc_error{rpc_invalid_params, std::string("_meta has no ") + meta_version, {}};
    if (!can || !can->is_object())
        return rpc_error{rpc_invalid_params, std::string("_meta has no ") + meta_capabilities, {}};
    auto const differs = [&](char const* name, std::string const& wanted) {
        auto const* said = header(name);
        return !said || from_header(*said) != wanted;
    };
    auto const mismatch = [](char const* name) {
        return rpc_error{
            header_mismatch, std::string("the header ") + name + " is not what the body says", {}};
    };
    if (header && differs("mcp-protocol-version", version)) return mismatch("MCP-Protocol-Version");
    if (std::ranges::find(spoken, version) == spoken.end())
        return unsupported_version(version, spoken);
    if (!header) return std::nullopt;
    if (differs("mcp-method", request.method)) return mismatch("Mcp-Method");
    auto const name = name_in(to_text(request));
    if (name && differs("mcp-name", *name)) return mismatch("Mcp-Name");
    return std::nullopt;
}

header_fields headers_of(std::string_view request) {
    header_fields fields{{"MCP-Protocol-Version", modern_revision}};
    auto const    method = slice(request, "method");
    if (method && method->size() > 2)
        fields.emplace_back("Mcp-Method", std::string(method->substr(1, method->size() - 2)));
    if (auto const name = name_in(request)) fields.emplace_back("Mcp-Name", to_header(*name));
    return fields;
}

std::optional<std::vector<mirrored>> mirrored_parameters(json const& schema) {
    mark_search search;
    search.look(schema, {}, true);
    return std::move(search).found();
}

header_fields parameter_headers(std::vector<mirrored> const& all, json const& arguments) {
    header_fields fields;
    for (auto const& one : all) {
        auto const* at = &arguments;
        for (auto const& name : one.path) {
            if (at) at = find_member(*at, name.c_str());
        }
        if (!at) continue;
        if (at->is_string())
            fields.emplace_back(one.header, to_header(at->get_ref<std::string const&>()));
        else if (at->is_boolean() || at->is_number_integer())
            fields.emplace_back(one.header, at->dump());
        else if (at->is_number() &&
                 at->get<double>() == static_cast<double>(at->get<std::int64_t>()))
            fields.emplace_back(one.header, std::to_string(at->get<std::int64_t>()));
    }
    return fields;
}

rpc_error unsupported_version(std::string const&              requested,
                              std::vector<std::string> const& supported) {
    rpc_error error;
    error.code = version_unsupported;
    error.message = "this protocol version is not spoken here: " + requested;
    error.data = {{"supported", supported}, {"requested", requested}};
    return error;
}

}  // namespace wire::mcp
