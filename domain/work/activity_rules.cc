#include "domain/work/activity_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/contact.pb.h"
#include "daybook/sales/v1/lead.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/text.h"
#include "domain/base/time.h"
#include "domain/party/contact.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/work/activity.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::work::v1;

absl::Status CheckUsableLead(const Context& context, absl::string_view field,
                             absl::string_view id) {
  if (id.empty()) return absl::OkStatus();
  const auto* lead = context.facts->Get<sales::v1::Lead>("lead", id);
  if (lead == nullptr) return ReferenceNotFound(field, "lead", id);
  if (!lead->archived()) return absl::OkStatus();
  return OutOfUse("lead", id, "archived",
                  absl::StrCat("restore it or name another one in ", field));
}

absl::Status CheckTags(const pb::Activity& activity) {
  for (int i = 0; i < activity.tags_size(); ++i) {
    const std::string field = absl::StrCat("tags[", i, "]");
    if (!IsStableName(activity.tags(i))) {
      return InvalidField(field, absl::StrCat("a tag is 1 to ", kStableNameBytesMax,
                                              " small letters, digits or underscores"));
    }
    const auto end = activity.tags().begin() + i;
    if (std::find(activity.tags().begin(), end, activity.tags(i)) != end) {
      return InvalidField(field, "each tag stands once");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckContent(const pb::Activity& activity) {
  const bool says =
      activity.kind() == pb::ACTIVITY_KIND_FOLLOW_UP || activity.kind() == pb::ACTIVITY_KIND_NOTE;
  if (!IsBlank(activity.description())) return absl::OkStatus();
  if (says) return InvalidField("description", "is required; say what is to be done");
  if (!IsBlank(activity.subject())) return absl::OkStatus();
  return InvalidField("subject", "is required where there is no description");
}

}  // namespace

std::string ActivityStateName(pb::ActivityState state) {
  return std::string(ShortName(pb::ActivityState_Name(state), "ACTIVITY_STATE_"));
}

absl::Status CheckActivityWritable(const pb::Activity& activity, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(Activity::kName, activity.id(), context));
  if (!activity.archived()) return absl::OkStatus();
  return OutOfUse(Activity::kName, activity.id(), "archived",
                  "restore it with RestoreActivity first");
}

absl::Status CheckActivityPlanned(const pb::Activity& activity, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckActivityWritable(activity, context));
  if (activity.state() == pb::ACTIVITY_STATE_PLANNED) return absl::OkStatus();
  return IllegalTransition(Activity::kName, ActivityStateName(activity.state()), "PLANNED",
                           "reopen it with ReopenActivity first");
}

absl::Status CheckActivityTexts(const pb::Activity& activity) {
  DAYBOOK_RETURN_IF_ERROR(CheckContent(activity));
  DAYBOOK_RETURN_IF_ERROR(CheckTags(activity));
  if (activity.direction() != pb::CALL_DIRECTION_UNSPECIFIED &&
      activity.kind() != pb::ACTIVITY_KIND_CALL) {
    return InvalidField("direction", "only calls have a direction");
  }
  if (activity.reminder_minutes() > kReminderMinutesMax) {
    return InvalidField("reminder_minutes",
                        absl::StrCat("at most ", kReminderMinutesMax, ", which is four weeks"));
  }
  if (activity.duration_minutes() > kActivityMinutesMax) {
    return InvalidField("duration_minutes",
                        absl::StrCat("at most ", kActivityMinutesMax, ", which is seven days"));
  }
  return CheckExternalKey(activity.external_key());
}

absl::Status CheckActivityReferences(const pb::Activity& activity, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", activity.account_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableContact(context, "contact_id", activity.contact_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableLead(context, "lead_id", activity.lead_id()));
  const std::string& deal = activity.opportunity_id();
  if (!deal.empty() && context.facts->Find("opportunity", deal) == nullptr) {
    return ReferenceNotFound("opportunity_id", "opportunity", deal);
  }
  for (int i = 0; i < activity.participant_ids_size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(CheckUsableContact(context, absl::StrCat("participant_ids[", i, "]"),
                                               activity.participant_ids(i)));
  }
  return absl::OkStatus();
}

void FillActivityAccount(const Context& context, pb::Activity* activity) {
  if (!activity->account_id().empty()) return;
  const auto* contact = context.facts->Get<party::v1::Contact>("contact", activity->contact_id());
  const auto* deal =
      context.facts->Get<sales::v1::Opportunity>("opportunity", activity->opportunity_id());
  if (contact != nullptr) activity->set_account_id(contact->account_id());
  if (activity->account_id().empty() && deal != nullptr) {
    activity->set_account_id(deal->account_id());
  }
}

absl::Status LoadActivityReferences(const pb::Activity& activity, FactLoader& loader) {
  const auto load = [&](absl::string_view aggregate,
                        const std::string& id) -> absl::StatusOr<const google::protobuf::Message*> {
    if (id.empty()) return nullptr;
    return loader.Load(aggregate, id);
  };
  DAYBOOK_RETURN_IF_ERROR(load("account", activity.account_id()).status());
  DAYBOOK_ASSIGN_OR_RETURN(const auto* contact, load("contact", activity.contact_id()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* deal, load("opportunity", activity.opportunity_id()));
  DAYBOOK_RETURN_IF_ERROR(load("lead", activity.lead_id()).status());
  for (const std::string& id : activity.participant_ids()) {
    DAYBOOK_RETURN_IF_ERROR(load("contact", id).status());
  }
  if (!activity.account_id().empty()) return absl::OkStatus();
  if (contact != nullptr) {
    const auto& known = static_cast<const party::v1::Contact&>(*contact);
    DAYBOOK_RETURN_IF_ERROR(load("account", known.account_id()).status());
  }
  if (deal != nullptr) {
    const auto& known = static_cast<const sales::v1::Opportunity&>(*deal);
    DAYBOOK_RETURN_IF_ERROR(load("account", known.account_id()).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<pb::ActivityDue> MakeActivityDue(const type::v1::Date* date,
                                                const google::protobuf::Timestamp* time,
                                                std::optional<uint32_t> duration_minutes,
                                                PastDue past, const Context& context) {
  pb::ActivityDue due;
  if (date != nullptr && time != nullptr) {
    return InvalidField("due_time", "an activity is due all day (due_date) or at a time, not both");
  }
  if (duration_minutes.value_or(0) > 0 && time == nullptr) {
    return InvalidField("duration_minutes", "a duration needs a due_time");
  }
  if (date != nullptr) {
    const auto day = FromProto(*date);
    if (!day.ok()) return InvalidField("due_date", day.status().message());
    if (*day < context.EffectiveDay() && past == PastDue::kRefused) {
      return InvalidField("due_date",
                          absl::StrCat(FormatDay(*day), " is past; say backdated if it is meant"));
    }
    *due.mutable_date() = *date;
    *due.mutable_on() = *date;
  }
  if (time != nullptr) {
    const auto instant = FromProto(*time);
    if (!instant.ok()) return InvalidField("due_time", instant.status().message());
    if (time->nanos() != 0) return InvalidField("due_time", "must be in whole seconds");
    if (*instant < context.effective_at && past == PastDue::kRefused) {
      return InvalidField("due_time", absl::StrCat(FormatInstant(*instant),
                                                   " is past; say backdated if it is meant"));
    }
    *due.mutable_time() = *time;
    if (duration_minutes.has_value()) due.set_duration_minutes(*duration_minutes);
    *due.mutable_on() = ToProto(absl::ToCivilDay(*instant, context.zone));
  }
  return due;
}

void SetActivityDue(const pb::ActivityDue& due, pb::Activity* activity) {
  activity->clear_due_date();
  activity->clear_due_time();
  activity->clear_due_on();
  if (due.has_date()) *activity->mutable_due_date() = due.date();
  if (due.has_time()) *activity->mutable_due_time() = due.time();
  if (due.has_on()) *activity->mutable_due_on() = due.on();
  DAYBOOK_COPY_PRESENCE(duration_minutes, due, activity);
}

pb::ActivityDue ActivityDueOf(const pb::Activity& activity) {
  pb::ActivityDue due;
  if (activity.has_due_date()) *due.mutable_date() = activity.due_date();
  if (activity.has_due_time()) *due.mutable_time() = activity.due_time();
  if (activity.has_due_on()) *due.mutable_on() = activity.due_on();
  DAYBOOK_COPY_PRESENCE(duration_minutes, activity, &due);
  return due;
}

absl::StatusOr<google::protobuf::Timestamp> MakeDoneTime(const google::protobuf::Timestamp* time,
                                                         const Context& context) {
  if (time == nullptr) return ToProto(context.effective_at);
  const auto instant = FromProto(*time);
  if (!instant.ok()) return InvalidField("occurred_at", instant.status().message());
  if (*instant > context.now) return InvalidField("occurred_at", "lies in the future");
  return *time;
}

}  // namespace daybook::domain
