// Boost.URL is compiled once, here.
#include <boost/url/src.hpp>
