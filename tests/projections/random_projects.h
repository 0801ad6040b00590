#pragma once

// Random histories around deals: projects that they move between, being archived and restored,
// customers of projects, reviews of losses, as events that deciders could have made.

#include <random>
#include <string>
#include <vector>

#include "daybook/sales/v1/loss_review.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "tests/support/log_builder.h"

namespace daybook::testing {

class RandomProjects {
 public:
  // Both outlive it.
  RandomProjects(LogBuilder& log, std::mt19937_64& random);

  // Adds an event of a customer of a project, or of a review, to the next commit.
  void AddEvent(const std::vector<std::string>& accounts, absl::Time moment);
  // Archives, restores or moves a deal. Archived deals are only ever restored.
  void ChangeDeal(const std::vector<std::string>& processes, absl::Time moment,
                  sales::v1::Opportunity* deal);

 private:
  int Draw(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  const std::string& Any(const std::vector<std::string>& from) {
    return from[static_cast<size_t>(Draw(static_cast<int>(from.size())))];
  }
  void AddCustomerEvent(const std::vector<std::string>& accounts, absl::Time moment);
  void OpenReview(absl::Time moment);
  void ChangeReview(absl::Time moment);

  LogBuilder& log_;
  std::mt19937_64& random_;
  std::vector<std::string> projects_, reasons_, units_, customers_, reviews_;
};

}  // namespace daybook::testing
