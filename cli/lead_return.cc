// lead return: makes the recycled leads NEW again whose day has come. To be run once a day, by a
// timer: each lead's request id follows from the lead and its day, so running it twice is once.

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/lead_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/base/uuid.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  bool dry_run = false;
};

// All leads whose day has come, read at one position.
absl::StatusOr<std::vector<pb::Lead>> DueLeads(Client& client, absl::CivilDay today) {
  std::vector<pb::Lead> due;
  pb::ListLeadsRequest request;
  request.set_filter(absl::StrCat("state = RECYCLED AND archived = FALSE AND return_date <= ",
                                  absl::FormatCivilTime(today)));
  request.set_page_size(1000);
  for (const char* field : {"id", "state", "return_date", "company"}) {
    request.mutable_field_mask()->add_paths(field);
  }
  do {
    pb::ListLeadsResponse page;
    DAYBOOK_RETURN_IF_ERROR(client.Call("daybook.sales.v1.LeadService/ListLeads", request, &page));
    for (pb::Lead& lead : *page.mutable_leads()) due.push_back(std::move(lead));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return due;
}

absl::Status Return(Client& client, const pb::Lead& lead, absl::CivilDay day) {
  pb::ReturnRecycledLeadRequest request;
  pb::ReturnRecycledLeadResponse response;
  DAYBOOK_ASSIGN_OR_RETURN(const Uuid id, Uuid::Parse(lead.id()));
  const Uuid request_id =
      Uuid::MakeV5(id, absl::StrCat("lead-return/", absl::FormatCivilTime(day)));
  request.mutable_header()->set_request_id(request_id.ToString());
  request.set_id(lead.id());
  return client.Call("daybook.sales.v1.LeadService/ReturnRecycledLead", request, &response);
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const absl::TimeZone zone, app.Zone());
  const absl::CivilDay today = absl::ToCivilDay(absl::Now(), zone);
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<pb::Lead> due, DueLeads(*client, today));
  Table table({{"Lead"}, {"Company"}, {"Day"}, {"Became"}});
  absl::Status first_refusal;
  for (const pb::Lead& lead : due) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, FromProto(lead.return_date()));
    absl::Status status;
    if (!options.dry_run) status = Return(*client, lead, day);
    const char* became = options.dry_run ? "" : status.ok() ? "NEW" : "refused";
    table.Add({lead.id(), lead.company(), absl::FormatCivilTime(day), became});
    // The others are not to wait for one that somebody changed meanwhile.
    if (first_refusal.ok()) first_refusal = status;
  }
  PrintTable(app, table);
  return first_refusal;
}

}  // namespace

void AddLeadReturn(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "lead")
          ->AddCommand("return", "Make recycled leads new again whose day has come; run it daily");
  verb->AddFlag("--dry-run", &options->dry_run, "Only show them");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
