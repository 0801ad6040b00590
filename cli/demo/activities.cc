// What the people of the demo did with their accounts, and what they have to do.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/demo/organisation.h"
#include "daybook/work/v1/activity_service.pb.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::work::v1;

constexpr int kConversations = 1500;
constexpr int kFollowUps = 400;
constexpr int kWeekly = 12;
constexpr int kLatePercent = 8;

// A day after the account was made and before today.
absl::Time MomentWith(DemoBuilder& builder, const DemoAccount& account) {
  const absl::CivilDay first = absl::ToCivilDay(account.created, builder.setting().zone) + 1;
  const int64_t days = std::max<int64_t>(1, builder.setting().today - first);
  return builder.WorkingTime(first + builder.dice().Between(0, days - 1));
}

const DemoAccount& AnyAccount(DemoBuilder& builder) {
  while (true) {
    const auto& account = builder.dice().Pick(absl::MakeConstSpan(builder.accounts));
    const absl::CivilDay made = absl::ToCivilDay(account.created, builder.setting().zone);
    if (made + 1 < builder.setting().today) return account;
  }
}

const std::string& OwnerOf(const DemoBuilder& builder, const DemoAccount& account) {
  return builder.users[static_cast<size_t>(account.owner)].id;
}

void AddConversation(DemoBuilder& builder) {
  const DemoAccount& account = AnyAccount(builder);
  const absl::Time time = MomentWith(builder, account);
  auto& request = builder.Add<pb::LogActivityRequest>(time);
  request.set_id(builder.dice().NewId(time));
  const bool call = builder.dice().Chance(75);
  request.set_kind(call ? pb::ACTIVITY_KIND_CALL : pb::ACTIVITY_KIND_MEETING);
  request.set_subject(absl::StrCat(call ? "Call with " : "Meeting at ", account.name));
  request.set_account_id(account.id);
  request.set_assignee_id(OwnerOf(builder, account));
  request.set_duration_minutes(static_cast<uint32_t>(builder.dice().Between(1, 12) * 5));
  if (!call) return;
  request.set_direction(builder.dice().Chance(70) ? pb::CALL_DIRECTION_OUTBOUND
                                                  : pb::CALL_DIRECTION_INBOUND);
}

// Planned within the last month; most are due in the next, some should have been done.
void AddFollowUp(DemoBuilder& builder) {
  const DemoAccount& account = AnyAccount(builder);
  const absl::CivilDay today = builder.setting().today;
  const absl::CivilDay made = absl::ToCivilDay(account.created, builder.setting().zone);
  const absl::CivilDay planned = std::max(made + 1, today - builder.dice().Between(3, 30));
  const absl::Time time = builder.WorkingTime(planned);
  auto& request = builder.Add<pb::ScheduleActivityRequest>(time);
  request.set_id(builder.dice().NewId(time));
  request.set_kind(pb::ACTIVITY_KIND_FOLLOW_UP);
  request.set_subject(absl::StrCat("Ask ", account.name, " about the offer"));
  request.set_description("Is the offer as expected? What is missing?");
  request.set_account_id(account.id);
  request.set_assignee_id(OwnerOf(builder, account));
  const bool late = builder.dice().Chance(kLatePercent);
  const absl::CivilDay due =
      late ? std::max(planned + 1, today - 1) : today + builder.dice().Between(0, 30);
  *request.mutable_due_date() = ToProto(due);
}

void AddWeeklyCall(DemoBuilder& builder) {
  const DemoAccount& account = AnyAccount(builder);
  const absl::CivilDay today = builder.setting().today;
  const absl::Time time = builder.WorkingTime(today - 1);
  auto& request = builder.Add<pb::ScheduleActivityRequest>(time);
  request.set_id(builder.dice().NewId(time));
  request.set_kind(pb::ACTIVITY_KIND_CALL);
  request.set_subject(absl::StrCat("Weekly call with ", account.name));
  request.set_account_id(account.id);
  request.set_assignee_id(OwnerOf(builder, account));
  const absl::CivilDay due = today + builder.dice().Between(1, 7);
  const int64_t hour = builder.dice().Between(8, 16);
  *request.mutable_due_time() =
      ToProto(absl::FromCivil(absl::CivilHour(due) + hour, builder.setting().zone));
  request.set_duration_minutes(30);
  request.set_reminder_minutes(10);
  request.add_tags("weekly");
  request.set_recurrence_rule("FREQ=WEEKLY");
}

}  // namespace

void AddActivities(DemoBuilder& builder) {
  for (int i = 0; i < kConversations; ++i) AddConversation(builder);
  for (int i = 0; i < kFollowUps; ++i) AddFollowUp(builder);
  for (int i = 0; i < kWeekly; ++i) AddWeeklyCall(builder);
}

}  // namespace daybook::cli
