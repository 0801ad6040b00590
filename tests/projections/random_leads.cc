#include "tests/projections/random_leads.h"

#include "domain/base/time.h"
#include "domain/registry.h"

namespace daybook::testing {

namespace pb = sales::v1;

namespace {

const char* const kSources[] = {"fair", "web", ""};

}  // namespace

void RandomLeads::AddEvent(const std::vector<std::string>& users,
                           const std::vector<std::string>& accounts, absl::Time moment) {
  if (leads_.empty() || Draw(4) == 0) return Capture(moment);
  pb::Lead& lead = leads_[static_cast<size_t>(Draw(static_cast<int>(leads_.size())))];
  const pb::LeadEvent event =
      lead.archived() || Draw(5) == 0 ? SideStep(lead) : NextStep(lead, users, accounts);
  log_.Add("lead", lead.id(), event, moment);
  domain::FindAggregate("lead")->evolve_record(lead, event);
}

void RandomLeads::Capture(absl::Time moment) {
  pb::LeadEvent event;
  pb::Lead& lead = *event.mutable_captured()->mutable_lead();
  lead.set_id(log_.NewId());
  lead.set_kind(Draw(2) == 0 ? pb::LEAD_KIND_PERSON : pb::LEAD_KIND_COMPANY);
  lead.set_state(pb::LEAD_STATE_NEW);
  lead.set_source(kSources[Draw(3)]);
  if (Draw(2) == 0) lead.set_family_name(secret_("Lead"));
  *lead.mutable_captured_time() = ToProto(moment);
  *lead.mutable_state_time() = ToProto(moment);
  leads_.push_back(lead);
  log_.Add("lead", lead.id(), event, moment);
}

pb::LeadEvent RandomLeads::Assignment(const pb::Lead& lead, const std::vector<std::string>& users) {
  pb::LeadEvent event;
  auto& assigned = *event.mutable_assigned();
  assigned.set_from_owner_id(lead.owner_id());
  assigned.set_to_owner_id(Any(users));
  assigned.set_to_state(lead.state() == pb::LEAD_STATE_NEW ? pb::LEAD_STATE_ASSIGNED
                                                           : lead.state());
  return event;
}

pb::LeadEvent RandomLeads::NextStep(const pb::Lead& lead, const std::vector<std::string>& users,
                                    const std::vector<std::string>& accounts) {
  pb::LeadEvent event;
  switch (lead.state()) {
    case pb::LEAD_STATE_NEW:
      return Assignment(lead, users);
    case pb::LEAD_STATE_ASSIGNED:
      if (Draw(3) == 0) return Assignment(lead, users);
      event.mutable_working_started();
      return event;
    case pb::LEAD_STATE_WORKING:
      if (Draw(4) == 0) return Assignment(lead, users);
      if (Draw(3) == 0) {
        event.mutable_marked_bad()->set_reason("no budget");
      } else {
        event.mutable_marked_good();
      }
      return event;
    case pb::LEAD_STATE_GOOD:
      if (Draw(3) == 0) {
        event.mutable_recycled()->set_from_state(lead.state());
      } else {
        event.mutable_converted()->set_account_id(Any(accounts));
      }
      return event;
    case pb::LEAD_STATE_BAD:
      event.mutable_recycled()->set_from_state(lead.state());
      return event;
    case pb::LEAD_STATE_RECYCLED:
      event.mutable_returned()->set_from_owner_id(lead.owner_id());
      return event;
    default:
      return SideStep(lead);
  }
}

pb::LeadEvent RandomLeads::SideStep(const pb::Lead& lead) {
  pb::LeadEvent event;
  if (lead.archived()) {
    event.mutable_restored();
    return event;
  }
  switch (Draw(4)) {
    case 0:
      event.mutable_archived();
      break;
    case 1:
      event.mutable_scored()->set_score(Draw(40) - 10);
      break;
    case 2: {
      auto& changed = *event.mutable_fields_changed();
      changed.mutable_fields()->add_paths("source");
      changed.mutable_after()->set_source(kSources[Draw(3)]);
      break;
    }
    default:
      event.mutable_do_not_contact_set()->set_from_state(lead.state());
  }
  return event;
}

}  // namespace daybook::testing
