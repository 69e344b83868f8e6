#pragma once

/// The commands of psherald about what is watched.

#include <string>

#include "cli/arguments.hpp"

namespace psherald::cli {

Usage incidents_usage();
int incidents(const Arguments& arguments, const std::string&);
Usage ack_usage();
int ack(const Arguments& arguments, const std::string&);
Usage silence_usage();
int silence(const Arguments& arguments, const std::string&);
Usage senders_usage();
int senders(const Arguments& arguments, const std::string&);
Usage rules_usage();
int rules(const Arguments& arguments, const std::string&);
Usage test_notify_usage();
int test_notify(const Arguments& arguments, const std::string&);
Usage import_rules_usage();
int import_rules(const Arguments& arguments, const std::string&);

}  // namespace psherald::cli
