#pragma once

// The part of the demo that stands before the first deal: people, products, accounts, the sales
// process.

#include <string>
#include <vector>

#include "cli/demo/dice.h"
#include "cli/demo/generator.h"
#include "daybook/rpc/v1/headers.pb.h"
#include "daybook/type/v1/money.pb.h"

namespace daybook::cli {

struct DemoUser {
  std::string id;
  int region = 0;
};
struct DemoAccount {
  std::string id;
  std::string name;
  std::string root_name;  // of the top of its tree
  std::string country;
  int owner = 0;  // index of a user
  int depth = 0;
  absl::Time created;
};
struct DemoItem {
  std::string id;
  std::string name;
  int64_t price_minor = 0;
};

// Collects commands; shared by the parts of the generator.
class DemoBuilder {
 public:
  explicit DemoBuilder(const DemoSetting& setting);

  const DemoSetting& setting() const { return setting_; }
  Dice& dice() { return dice_; }
  absl::CivilDay first_day() const { return first_day_; }
  // A moment of the working day, in the organisation's zone.
  absl::Time WorkingTime(absl::CivilDay day);
  type::v1::Money Money(int64_t minor) const;
  int64_t minor_per_unit() const { return minor_per_unit_; }

  // Adds a command with a fresh request id; returns the request for filling.
  template <class Request>
  Request& Add(absl::Time time) {
    auto request = std::make_unique<Request>();
    Request& filled = *request;
    SetHeader(filled.mutable_header(), time);
    commands_.push_back({time, std::move(request)});
    return filled;
  }
  std::vector<DemoCommand> Finish();

  std::vector<DemoUser> users;
  std::vector<DemoAccount> accounts;
  std::vector<DemoItem> products;
  std::string process_id;

 private:
  void SetHeader(rpc::v1::CommandHeader* header, absl::Time time);

  const DemoSetting& setting_;
  Dice dice_;
  absl::CivilDay first_day_;
  int64_t minor_per_unit_ = 1;
  std::vector<DemoCommand> commands_;
};

// Stage ids of the demo's process, in order.
extern const std::vector<std::string> kDemoStages;

void AddOrganisation(DemoBuilder& builder);
void AddDeals(DemoBuilder& builder);
void AddActivities(DemoBuilder& builder);

}  // namespace daybook::cli
