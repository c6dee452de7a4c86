// Every form that GCC 12 miscompiles, one a line, with the name of the rule that must find it.
//
// Compiled by nobody: the lint reads it, and tests/house/lint_bites compares what was found with
// the marks. All but the last ended in a double free or a use after free under GCC 12.2 with
// the address sanitizer; clang was right in all of them.

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;

struct owner {
    std::string a, b;
};

bool                   yes();
std::string            text();
awaitable<int>         number();
awaitable<std::string> word();
awaitable<int>         take(std::string);
awaitable<int>         take_owner(owner);
awaitable<int>         take_function(std::function<int()>);
template <class F>
awaitable<int> call(F f) {
    co_return f() ? 1 : 0;
}

// clang-format off
awaitable<owner> bad_forms() {
    auto const s = text();
    auto const p = std::make_shared<int>(1);
    auto executor = co_await asio::this_coro::executor;

    co_await call([s] { return int(s.size()); });                                        // bad: owning_lambda_beside_await
    co_await call([p] { return *p; });                                                   // bad: owning_lambda_beside_await
    co_await call([n = text()] { return int(n.size()); });                               // bad: owning_lambda_beside_await
    co_await take_function([s] { return int(s.size()); });                               // bad: owning_lambda_beside_await
    co_await [s]() -> awaitable<int> { co_return int(s.size()); }();                     // bad: owning_lambda_beside_await
    co_await asio::co_spawn(executor, [s]() -> awaitable<int> { co_return 1; }, use_awaitable);  // bad: owning_lambda_beside_await
    asio::co_spawn(co_await asio::this_coro::executor, [s]() -> awaitable<void> { co_return; }, use_awaitable);  // bad: owning_lambda_beside_await
    co_await asio::async_initiate<decltype(use_awaitable), void()>([p](auto h) { std::move(h)(); }, use_awaitable);  // bad: owning_lambda_beside_await
    co_await number(), [s] { return 1; }();                                              // bad: owning_lambda_beside_await

    auto named = [n = co_await word()] { return n.size(); };                             // bad: await_inside_capture

    co_await take(yes() ? text() : std::string("b"));                                    // bad: owning_choice_beside_await
    co_await take(yes() ? s : std::string("b"));                                         // bad: owning_choice_beside_await
    co_await (yes() ? number() : take(s));                                               // bad: owning_choice_beside_await
    std::string c = yes() ? std::string(std::to_string(co_await number())) : std::string("b");  // bad: owning_choice_beside_await
    c = yes() ? co_await word() : c;                                                     // bad: owning_choice_beside_await

    co_await take_owner(owner{text(), text()});                                          // bad: owning_aggregate_beside_await
    co_await take_owner({text(), text()});                                               // bad: owning_aggregate_beside_await
    co_await take_owner({.a = s, .b = s});                                               // bad: owning_aggregate_beside_await

    std::vector<owner> owners;
    owners.push_back({text(), co_await word()});                                         // bad: await_inside_aggregate owning_aggregate_beside_await
    owner const both{co_await word(), co_await word()};                                  // bad: await_inside_aggregate
    owner const named_members{.a = text(), .b = co_await word()};                        // bad: await_inside_aggregate

    auto [first, second] = co_await bad_forms();                                         // bad: structured_binding_of_await

    co_return owner{co_await word(), text()};                                            // bad: await_inside_aggregate owning_aggregate_beside_await
}

template <class T>
awaitable<T> also_in_a_template(T t) {
    co_await call([t] { return 1; });                                                    // bad: owning_lambda_beside_await
    co_return t;
}
template awaitable<std::string> also_in_a_template(std::string);
