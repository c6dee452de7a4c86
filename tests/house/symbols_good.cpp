// What the gateway and the mocks do all day; the lint finds nothing in the object of this file.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

boost::asio::awaitable<std::string> symbols_good(boost::asio::any_io_executor executor) {
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    std::map<std::string, std::chrono::nanoseconds> limits{{"idle", std::chrono::seconds(30)}};
    if (limits.empty()) throw std::runtime_error("no limits");
    co_return std::to_string(limits.at("idle").count()) + *std::make_unique<std::string>("ns");
}
