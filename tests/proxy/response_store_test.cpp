#include "proxy/response_store.hpp"

#include <gtest/gtest.h>

namespace {

proxy::kept_response said(std::string const& text, std::string owner = "one") {
    proxy::kept_response kept;
    kept.owner = std::move(owner);
    kept.messages.push_back({{"role", "user"}, {"content", text}});
    return kept;
}

TEST(ResponseStore, GivesBackWhatWasKeptToItsOwnerAlone) {
    proxy::response_store store(10, 10'000);
    store.keep("resp_1", said("hello"));
    ASSERT_NE(store.find("resp_1", "one"), nullptr);
    EXPECT_EQ(store.find("resp_1", "one")->messages[0]["content"], "hello");
    EXPECT_EQ(store.find("resp_1", "two"), nullptr);
    EXPECT_EQ(store.find("resp_1", ""), nullptr);
    EXPECT_EQ(store.find("resp_2", "one"), nullptr);
}

TEST(ResponseStore, ForgetsTheOldestWhenThereAreTooMany) {
    proxy::response_store store(2, 10'000);
    for (auto const* id : {"a", "b", "c"}) store.keep(id, said(id));
    EXPECT_EQ(store.size(), 2u);
    EXPECT_EQ(store.find("a", "one"), nullptr);
    EXPECT_NE(store.find("b", "one"), nullptr);
    EXPECT_NE(store.find("c", "one"), nullptr);
}

TEST(ResponseStore, ForgetsTheOldestWhenTheyAreTooLarge) {
    proxy::response_store store(100, 1000);
    store.keep("a", said(std::string(400, 'a')));
    store.keep("b", said(std::string(400, 'b')));
    store.keep("c", said(std::string(400, 'c')));
    EXPECT_EQ(store.find("a", "one"), nullptr);
    EXPECT_NE(store.find("c", "one"), nullptr);
}

TEST(ResponseStore, KeepsNothingThatIsLargerThanAllOfIt) {
    proxy::response_store store(100, 1000);
    store.keep("a", said("small"));
    store.keep("b", said(std::string(2000, 'b')));
    EXPECT_NE(store.find("a", "one"), nullptr);
    EXPECT_EQ(store.find("b", "one"), nullptr);
}

}  // namespace
