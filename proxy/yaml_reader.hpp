#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "proxy/config_url.hpp"
#include "proxy/yaml_source.hpp"
#include "runtime/time.hpp"

namespace proxy {

// One value with its place. Ask for it as what it must be; it throws config_error if it is not.
class yaml_value {
public:
    // `name` is how messages call it: mostly its key.
    yaml_value(yaml_source const& source, YAML::Node const& node, std::string name)
        : source_(&source), node_(node), name_(std::move(name)) {}

    std::string       text() const;          // os.environ/NAME is what NAME is set to
    std::string       secret() const;        // the same, and never repeated in a message
    std::string       header_value() const;  // a secret that may stand in an HTTP header
    // One of `words`, by its place.
    std::size_t       one_of(std::vector<std::string> const& words) const;
    bool              boolean() const;
    std::size_t       count() const;   // a whole number from 1 on
    std::size_t       size() const;    // of memory: 65536, 64KiB, 4MiB
    double            number() const;  // not negative
    runtime::duration pause() const;   // "30s", or seconds as a number; may be 0
    runtime::duration limit() const;   // the same, but not 0
    http_url          url() const;
    nlohmann::json    json() const;  // a scalar or a list of them

    std::vector<yaml_value>                        list() const;
    std::vector<std::string>                       texts() const;
    std::vector<std::pair<yaml_value, yaml_value>> pairs() const;  // of a map; each key once

    std::string const& name() const { return name_; }
    yaml_value         named(std::string name) const {
        auto same = *this;
        same.name_ = std::move(name);
        return same;
    }

    [[noreturn]] void fail(std::string const& problem, std::string const& hint = {}) const;
    [[noreturn]] void fail_secretly(std::string const& problem, std::string const& hint = {}) const;
    void              warn(std::string const& what) const { source_->warn(place().Mark(), what); }

private:
    friend class yaml_section;

    std::string                   scalar(char const* wanted) const;
    std::string                   resolved(std::string written) const;
    std::optional<nlohmann::json> plain_json() const;
    std::size_t                   width() const;
    YAML::Node const&             place() const { return node_.IsNull() && key_ ? *key_ : node_; }
    void gather(YAML::Node const& map, std::vector<std::pair<yaml_value, yaml_value>>& into,
                int depth) const;

    yaml_source const*        source_;
    YAML::Node                node_;
    std::string               name_;
    std::optional<YAML::Node> key_;  // a null is nowhere; its key is
};

// A map whose keys have meanings. It remembers what was asked for: a key that nobody asked
// for is a mistake, and what was asked for is what its writer may have meant.
class yaml_section {
public:
    using reader = std::function<void(yaml_section&)>;

    // Lets `read` take from `map` what it knows, then fails if anything is left. A null is an
    // empty map.
    static void read(yaml_value const& map, reader const& read);

    std::optional<yaml_value> find(std::string const& key);
    yaml_value                need(std::string const& key);
    void                      inside(std::string const& key, reader const& read);
    bool                      has(std::string const& key) const;

    // Keys of LiteLLM that we do without: in silence, or with a word to the writer, who may
    // count on them.
    void ignore(std::vector<std::string> const& keys);
    void warn_of(std::vector<std::string> const& keys);

    // At the section's first key.
    [[noreturn]] void fail(std::string const& problem, std::string const& hint = {}) const;

private:
    explicit yaml_section(yaml_value const& map);
    bool              is_known(std::string const& key) const;
    [[noreturn]] void fail_unknown(yaml_value const& key) const;

    yaml_value                                     whole_;
    std::vector<std::pair<yaml_value, yaml_value>> pairs_;
    std::vector<std::string>                       known_;
};

}  // namespace proxy
