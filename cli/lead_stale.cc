// lead stale, lead duplicates: leads that nobody cares for, and what a lead may be a duplicate of.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/lead_board_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string owner, as_of;
  int days = 0;
  std::string lead, email, company, website;
};

std::string NameOf(const pb::Lead& lead) {
  if (!lead.company().empty()) return lead.company();
  return absl::StrCat(lead.given_name(), lead.given_name().empty() ? "" : " ", lead.family_name());
}

absl::Status ShowStale(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListStaleLeadsRequest request;
  request.set_days(options.days);
  request.set_page_size(1000);
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.owner.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_owner_id(), ResolveUser(*client, options.owner));
  }
  pb::ListStaleLeadsResponse all;
  do {
    pb::ListStaleLeadsResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client->Call("daybook.sales.v1.LeadBoardService/ListStaleLeads", request, &page));
    request.set_page_token(page.next_page_token());
    all.MergeFrom(page);
    all.set_count(page.count());
    all.clear_next_page_token();
  } while (!request.page_token().empty());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(all);
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"Lead"}, {"State"}, {"Owner"}, {"Idle days", Align::kRight}, {"Id"}});
  for (const pb::StaleLead& stale : all.leads()) {
    const pb::Lead& lead = stale.lead();
    table.Add({NameOf(lead), domain::EnumValueName(*pb::LeadState_descriptor(), lead.state()),
               lead.owner_id().empty() ? "(nobody)" : names.Title("user", lead.owner_id()),
               absl::StrCat(stale.idle_days()), lead.id()});
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", Grouped(all.count()), " leads · ", DescribeRead(all.read()), "\n"));
  }
  return absl::OkStatus();
}

absl::Status ShowDuplicates(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::FindLeadDuplicatesRequest request;
  pb::FindLeadDuplicatesResponse response;
  request.set_lead_id(options.lead);
  request.set_email(options.email);
  request.set_company(options.company);
  request.set_website(options.website);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.sales.v1.LeadBoardService/FindLeadDuplicates", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{"Record"}, {"Title"}, {"Same"}, {"Id"}});
  for (const pb::LeadDuplicate& duplicate : response.duplicates()) {
    table.Add({duplicate.aggregate(), duplicate.title(), duplicate.key(), duplicate.id()});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddLeadStale(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "lead")
          ->AddCommand("stale", "Open leads that nobody moved on or talked to for days");
  verb->AddOption("--owner", &options->owner, "Leads of this user only (name or id)");
  verb->AddOption("--days", &options->days, "More than so many days; 14 if not said")
      .Range(1, 36500);
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  SetAction(verb, app, options, &ShowStale);
}

void AddLeadDuplicates(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "lead")
          ->AddCommand("duplicates",
                       "Leads, contacts and accounts that a lead may be a duplicate of");
  verb->AddOption("lead", &options->lead, "Id of the lead; without it, what follows");
  verb->AddOption("--email", &options->email, "E-mail address");
  verb->AddOption("--company", &options->company, "Name of the company");
  verb->AddOption("--website", &options->website, "Web page or domain");
  SetAction(verb, app, options, &ShowDuplicates);
}

}  // namespace daybook::cli
