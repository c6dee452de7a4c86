#pragma once

#include <gtest/gtest.h>
#include <boost/system/system_error.hpp>

#include "wire/error.hpp"

// The error that `work` throws; none if it throws nothing.
template <class Work>
boost::system::error_code error_of(Work work) {
    try {
        work();
    } catch (boost::system::system_error const& e) {
        return e.code();
    }
    return {};
}
