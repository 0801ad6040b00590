#pragma once

// Random histories of leads, from capture through all states, as events that deciders could have
// made.

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "daybook/sales/v1/lead_events.pb.h"
#include "tests/support/log_builder.h"

namespace daybook::testing {

class RandomLeads {
 public:
  // `secret` makes a personal value and remembers it. Both outlive it.
  RandomLeads(LogBuilder& log, std::mt19937_64& random,
              std::function<std::string(absl::string_view)> secret)
      : log_(log), random_(random), secret_(std::move(secret)) {}

  // Adds an event of a new or of a known lead to the next commit.
  void AddEvent(const std::vector<std::string>& users, const std::vector<std::string>& accounts,
                absl::Time moment);

  const std::vector<sales::v1::Lead>& leads() const { return leads_; }

 private:
  int Draw(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  const std::string& Any(const std::vector<std::string>& from) {
    return from[static_cast<size_t>(Draw(static_cast<int>(from.size())))];
  }
  void Capture(absl::Time moment);
  sales::v1::LeadEvent NextStep(const sales::v1::Lead& lead, const std::vector<std::string>& users,
                                const std::vector<std::string>& accounts);
  sales::v1::LeadEvent SideStep(const sales::v1::Lead& lead);
  sales::v1::LeadEvent Assignment(const sales::v1::Lead& lead,
                                  const std::vector<std::string>& users);

  LogBuilder& log_;
  std::mt19937_64& random_;
  std::function<std::string(absl::string_view)> secret_;
  std::vector<sales::v1::Lead> leads_;
};

}  // namespace daybook::testing
