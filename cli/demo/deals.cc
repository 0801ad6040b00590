// 18 months of deals: each opens, moves, and ends in one of the outcomes, or is still open at the
// end.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/demo/names.h"
#include "cli/demo/organisation.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int kJobRequestsPercent = 30;
constexpr int kRevaluedPercent = 15;
constexpr int kReassignedPercent = 6;
constexpr int kReopenedPercent = 15;  // of lost deals
constexpr int kReopenedWonPercent = 50;

// One deal on its way. Every step moves time on; a step beyond the end does not happen.
class DealStory {
 public:
  DealStory(DemoBuilder& builder, absl::CivilDay opened)
      : builder_(builder), dice_(builder.dice()), day_(opened) {
    time_ = builder.WorkingTime(day_);
  }

  void Tell() {
    Open();
    for (stage_ = 1; stage_ < kDemoStages.size(); ++stage_) {
      if (dice_.Chance(12) || !Wait(4, 22)) break;
      auto& change = builder_.Add<pb::ChangeOpportunityStageRequest>(time_);
      change.set_id(id_);
      change.set_stage(kDemoStages[stage_]);
      Wander();
    }
    if (!Wait(3, 25)) return;
    End();
  }

 private:
  // False: it would be beyond the end, the deal stays as it is.
  bool Wait(int64_t least, int64_t most) {
    const absl::CivilDay next = day_ + dice_.Between(least, most);
    if (next >= builder_.setting().today) return false;
    day_ = next;
    time_ = builder_.WorkingTime(day_);
    return true;
  }

  const DemoAccount& PickAccount() {
    while (true) {
      const auto& account = dice_.Pick(absl::MakeConstSpan(builder_.accounts));
      if (account.created < time_) return account;
    }
  }

  void Open() {
    const DemoAccount& account = PickAccount();
    const DemoItem& product = dice_.Pick(absl::MakeConstSpan(builder_.products));
    id_ = dice_.NewId(time_);
    auto& request = builder_.Add<pb::CreateOpportunityRequest>(time_);
    request.set_id(id_);
    request.set_subject(absl::StrCat(product.name, " for ", account.name));
    request.set_account_id(account.id);
    request.set_owner_id(builder_.users[static_cast<size_t>(account.owner)].id);
    request.set_process_id(builder_.process_id);
    request.set_product_id(product.id);
    *request.mutable_expected_close_date() = ToProto(day_ + dice_.Between(20, 110));
    if (dice_.Chance(kJobRequestsPercent)) {
      AddJobRequests(&request);
    } else {
      value_ = product.price_minor * dice_.Between(1, 25);
      *request.mutable_value() = builder_.Money(value_);
    }
  }

  void AddJobRequests(pb::CreateOpportunityRequest* request) {
    const int64_t count = dice_.Between(2, 4);
    for (int64_t i = 0; i < count; ++i) {
      const DemoItem& product = dice_.Pick(absl::MakeConstSpan(builder_.products));
      const int64_t volume = dice_.Between(1, 12);
      auto* job = request->add_job_requests();
      job->set_id(dice_.NewId(time_));
      job->set_service(product.name);
      job->set_product_id(product.id);
      job->set_volume(volume * 1'000'000);
      *job->mutable_value() = builder_.Money(product.price_minor * volume);
      value_ += job->value().minor();
      jobs_.push_back(*job);
    }
  }

  // What happens on the way: another value, another owner.
  void Wander() {
    if (jobs_.empty() && dice_.Chance(kRevaluedPercent)) {
      value_ = value_ * dice_.Between(70, 130) / 100;
      auto& request = builder_.Add<pb::SetOpportunityValueRequest>(time_);
      request.set_id(id_);
      *request.mutable_value() = builder_.Money(value_);
    }
    if (dice_.Chance(kReassignedPercent)) {
      auto& request = builder_.Add<pb::AssignOpportunityRequest>(time_);
      request.set_id(id_);
      request.set_owner_id(dice_.Pick(absl::MakeConstSpan(builder_.users)).id);
    }
  }

  void End() {
    const int64_t roll = dice_.Between(1, 100);
    if (!jobs_.empty() && roll <= 25) return WinPartially();
    if (roll <= 52) return Win();
    if (roll <= 92) return Lose();
    auto& request = builder_.Add<pb::AbandonOpportunityRequest>(time_);
    request.set_id(id_);
    request.set_close_reason_id(Reason("ABANDONED"));
  }

  void Win() {
    auto& request = builder_.Add<pb::WinOpportunityRequest>(time_);
    request.set_id(id_);
    *request.mutable_actual_value() = builder_.Money(value_ * dice_.Between(88, 104) / 100);
    request.set_close_reason_id(Reason("WON"));
  }

  void WinPartially() {
    auto& request = builder_.Add<pb::PartiallyWinOpportunityRequest>(time_);
    request.set_id(id_);
    for (size_t i = 0; i < jobs_.size(); ++i) {
      // The first is taken and the last is not, so that it is a part in any case.
      if (i == 0 || (i + 1 < jobs_.size() && dice_.Chance(60))) {
        request.add_accepted_job_request_ids(jobs_[i].id());
      } else {
        auto* declined = request.add_declined();
        declined->set_job_request_id(jobs_[i].id());
        declined->set_close_reason_id(Reason("LOST"));
      }
    }
  }

  void Lose() {
    auto& request = builder_.Add<pb::LoseOpportunityRequest>(time_);
    request.set_id(id_);
    request.set_close_reason_id(Reason("LOST"));
    if (dice_.Chance(30)) request.set_competitor(std::string(dice_.Pick(Competitors())));
    if (!dice_.Chance(kReopenedPercent) || !Wait(10, 60)) return;
    auto& reopen = builder_.Add<pb::ReopenOpportunityRequest>(time_);
    reopen.set_id(id_);
    reopen.mutable_header()->set_reason("The customer asked again");
    *reopen.mutable_expected_close_date() = ToProto(day_ + dice_.Between(15, 60));
    if (dice_.Chance(kReopenedWonPercent) && Wait(5, 30)) Win();
  }

  std::string Reason(absl::string_view kind) {
    std::vector<std::string> ids;
    for (const auto& [reason_kind, code] : kDemoReasons) {
      if (reason_kind == kind)
        ids.push_back(builder_.setting().reasons.at(absl::StrCat(reason_kind, "/", code)));
    }
    return dice_.Pick(absl::MakeConstSpan(ids));
  }

  DemoBuilder& builder_;
  Dice& dice_;
  absl::CivilDay day_;
  absl::Time time_;
  size_t stage_ = 0;
  std::string id_;
  int64_t value_ = 0;
  std::vector<pb::JobRequest> jobs_;
};

}  // namespace

const std::vector<std::pair<std::string, std::string>> kDemoReasons = {
    {"WON", "price"},      {"WON", "quality"},         {"WON", "relationship"},
    {"LOST", "price"},     {"LOST", "competitor"},     {"LOST", "timing"},
    {"LOST", "no_budget"}, {"ABANDONED", "no_answer"}, {"ABANDONED", "duplicate"}};

void AddDeals(DemoBuilder& builder) {
  const int64_t days = builder.setting().today - builder.first_day();
  for (int i = 0; i < kDemoDeals; ++i) {
    // From the second day on, when there are accounts to sell to, until yesterday.
    const absl::CivilDay opened = builder.first_day() + builder.dice().Between(1, days - 1);
    DealStory(builder, opened).Tell();
  }
}

std::vector<DemoCommand> GenerateDemo(const DemoSetting& setting) {
  DemoBuilder builder(setting);
  AddOrganisation(builder);
  AddDeals(builder);
  AddActivities(builder);
  return builder.Finish();
}

}  // namespace daybook::cli
