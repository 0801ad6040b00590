// lead return: makes the recycled leads NEW again whose day has come. To be run by a timer, as
// often as one likes: leads that have returned are no longer listed, and one that two runs return
// at the same time is NEW once.

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/bulk_commands.h"
#include "cli/command_line.h"
#include "cli/grpc_target.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/lead_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

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
  DAYBOOK_RETURN_IF_ERROR(ReadLatest(client, request.mutable_header()));
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

std::vector<std::unique_ptr<google::protobuf::Message>> Requests(
    const std::vector<pb::Lead>& leads) {
  std::vector<std::unique_ptr<google::protobuf::Message>> requests;
  for (const pb::Lead& lead : leads) {
    auto request = std::make_unique<pb::ReturnRecycledLeadRequest>();
    SetNewHeader(request->mutable_header());
    request->set_id(lead.id());
    requests.push_back(std::move(request));
  }
  return requests;
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const absl::TimeZone zone, app.Zone());
  const absl::CivilDay today = absl::ToCivilDay(absl::Now(), zone);
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<pb::Lead> due, DueLeads(*client, today));
  absl::Status sent;
  std::vector<CommandOutcome> outcomes(due.size());
  if (!options.dry_run) {
    sent =
        SendAll(*NewGrpcTarget(app, *client), rpc::v1::ExecuteOptions(), Requests(due), &outcomes);
  }
  Table table({{"Lead"}, {"Company"}, {"Day"}, {"Became"}});
  for (size_t i = 0; i < due.size(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, FromProto(due[i].return_date()));
    table.Add({due[i].id(), due[i].company(), absl::FormatCivilTime(day),
               options.dry_run ? "" : ResultText(outcomes[i], "NEW")});
    // The others did not wait for one that somebody changed meanwhile.
    if (sent.ok()) sent = outcomes[i].status;
  }
  PrintTable(app, table);
  return sent;
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
