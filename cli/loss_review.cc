// analysis loss-reviews: reasons of losses as given and as found. review group, default: who checks
// what. review take, record, return, close: a reviewer's work. deal correct-reason: the answer of
// sales.

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/deal.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/scope.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/admin/v1/organisation_service.pb.h"
#include "daybook/sales/v1/loss_review_service.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/setup/v1/close_reason_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr char kService[] = "daybook.sales.v1.LossReviewService/";
constexpr int kReasonsMax = 1000;

struct Options {
  std::string id;
  std::string who;
  std::string verdict;
  std::string reason, instead_of;
  std::string note;
  std::string unit, period, as_of;
  uint32_t days = 0;
};

std::string VerdictName(pb::LossVerdict verdict) {
  if (verdict == pb::LOSS_VERDICT_UNSPECIFIED) return "";
  std::string name = pb::LossVerdict_Name(verdict).substr(sizeof("LOSS_VERDICT_") - 1);
  absl::AsciiStrToLower(&name);
  return absl::StrReplaceAll(name, {{"_", " "}});
}

absl::StatusOr<pb::LossVerdict> ParseVerdict(const std::string& text) {
  const std::string name =
      absl::StrReplaceAll(absl::AsciiStrToUpper(text), {{"-", "_"}, {" ", "_"}});
  pb::LossVerdict verdict = pb::LOSS_VERDICT_UNSPECIFIED;
  if (pb::LossVerdict_Parse(absl::StrCat("LOSS_VERDICT_", name), &verdict) &&
      verdict != pb::LOSS_VERDICT_UNSPECIFIED) {
    return verdict;
  }
  return absl::InvalidArgumentError(
      "--verdict: confirmed, wrong-reason, recoverable or process-fault");
}

absl::Status Resolve(Client& client, absl::string_view aggregate, const std::string& name,
                     std::string* id) {
  if (name.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(*id, ResolveByTitle(client, *type, name));
  return absl::OkStatus();
}

// The reason for losses with this label, code or id; others may be called the same.
absl::Status ResolveReason(Client& client, const std::string& name, std::string* id) {
  if (name.empty()) return absl::OkStatus();
  setup::v1::ListCloseReasonsRequest request;
  setup::v1::ListCloseReasonsResponse response;
  request.set_filter("kind = LOST");
  request.set_page_size(kReasonsMax);
  DAYBOOK_RETURN_IF_ERROR(
      client.Call("daybook.setup.v1.CloseReasonService/ListCloseReasons", request, &response));
  std::string known;
  for (const auto& reason : response.close_reasons()) {
    if (name == reason.label() || name == reason.code() || name == reason.id()) {
      *id = reason.id();
      return absl::OkStatus();
    }
    absl::StrAppend(&known, known.empty() ? "" : ", ", reason.code());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no reason for losses named \"", name, "\"; there are: ", known));
}

std::string LabelOr(const std::string& label, const std::string& otherwise) {
  return label.empty() ? otherwise : label;
}

std::string Amount(const App& app, const type::v1::MoneySum& sum) {
  return app.options.format == OutputFormat::kTable ? HumanMoney(sum) : PlainMoney(sum);
}

Table CellTable(const App& app, const pb::GetLossReviewMatrixResponse& matrix) {
  Table table({{"As given"},
               {"As found"},
               {"Verdict"},
               {"Losses", Align::kRight},
               {"Value", Align::kRight}});
  for (const auto& cell : matrix.cells()) {
    const bool open = cell.verdict() == pb::LOSS_VERDICT_UNSPECIFIED;
    for (int i = 0; i < std::max(1, cell.lost_size()); ++i) {
      const std::string value = i < cell.lost_size() ? Amount(app, cell.lost(i)) : "";
      if (i > 0) {
        table.Add({"", "", "", "", value});
        continue;
      }
      table.Add({LabelOr(cell.close_reason_label(), cell.close_reason_id()),
                 open ? "(not reviewed)"
                      : LabelOr(cell.reviewed_reason_label(), cell.reviewed_reason_id()),
                 VerdictName(cell.verdict()), absl::StrCat(cell.count()), value});
    }
  }
  return table;
}

Table QueueTable(const pb::GetLossReviewMatrixResponse& matrix) {
  Table table({{"Group"},
               {"Open", Align::kRight},
               {"Taken", Align::kRight},
               {"Overdue", Align::kRight},
               {"Without a group", Align::kRight}});
  for (const auto& queue : matrix.queues()) {
    table.Add({LabelOr(queue.name(), queue.unit_id()), absl::StrCat(queue.open()),
               absl::StrCat(queue.taken()), absl::StrCat(queue.overdue()),
               absl::StrCat(queue.fallback())});
  }
  return table;
}

absl::Status Analyse(App& app, const Options& options) {
  pb::GetLossReviewMatrixRequest request;
  pb::GetLossReviewMatrixResponse response;
  if (!options.period.empty()) {
    DAYBOOK_RETURN_IF_ERROR(
        ParsePeriod(options.period, request.mutable_period_from(), request.mutable_period_until()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_RETURN_IF_ERROR(Resolve(*client, "unit", options.unit, request.mutable_unit_id()));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call(absl::StrCat(kService, "GetLossReviewMatrix"), request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  PrintTable(app, CellTable(app, response));
  if (app.options.format != OutputFormat::kTable) return absl::OkStatus();
  Print("\n");
  PrintTable(app, QueueTable(response));
  std::string summary = absl::StrCat("\n", response.reviewed(), " reviewed");
  if (response.has_confirmed_share()) {
    const auto percent =
        static_cast<int64_t>(DivideHalfEven(response.confirmed_share(), kNano / 100));
    absl::StrAppend(&summary, ", ", percent, " % with the reason as given");
  }
  Print(absl::StrCat(summary, "\n", DescribeRead(response.read()), "\n"));
  return absl::OkStatus();
}

template <class Response, class Request>
absl::Status Send(App& app, const std::string& method, const Options& options, Request request) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  SetNewHeader(request.mutable_header());
  request.set_id(options.id);
  Response response;
  DAYBOOK_RETURN_IF_ERROR(client->Call(absl::StrCat(kService, method), request, &response));
  NoteUnchanged(response.receipt());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response.loss_review());
    return absl::OkStatus();
  }
  Names names(*client);
  const pb::LossReview& review = response.loss_review();
  std::string state = pb::LossReviewState_Name(review.state());
  state = absl::AsciiStrToLower(state.substr(sizeof("LOSS_REVIEW_STATE_") - 1));
  Print(absl::StrCat(review.id(), " ", state, ", ",
                     names.Title("opportunity", review.opportunity_id()), ", ",
                     names.Title("unit", review.unit_id()), "\n"));
  return absl::OkStatus();
}

absl::Status MapGroup(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  setup::v1::MapLostReasonRequest request;
  setup::v1::MapLostReasonResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_RETURN_IF_ERROR(ResolveReason(*client, options.reason, request.mutable_id()));
  DAYBOOK_RETURN_IF_ERROR(Resolve(*client, "unit", options.unit, request.mutable_unit_id()));
  if (options.days != 0) request.set_review_days(options.days);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.setup.v1.CloseReasonService/MapLostReason", request, &response));
  NoteUnchanged(response.receipt());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response.close_reason());
    return absl::OkStatus();
  }
  Print(absl::StrCat(response.close_reason().label(), ": ",
                     options.unit.empty() ? "the default group"
                                          : absl::StrCat(options.unit, ", ", options.days, " days"),
                     "\n"));
  return absl::OkStatus();
}

absl::Status SetDefault(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  admin::v1::GetOrganisationRequest get;
  admin::v1::GetOrganisationResponse organisation;
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.admin.v1.OrganisationService/GetOrganisation", get, &organisation));
  admin::v1::UpdateOrganisationRequest request;
  admin::v1::UpdateOrganisationResponse response;
  SetNewHeader(request.mutable_header());
  request.set_id(organisation.organisation().id());
  request.mutable_update_mask()->add_paths("loss_review_unit_id");
  DAYBOOK_RETURN_IF_ERROR(Resolve(*client, "unit", options.unit,
                                  request.mutable_organisation()->mutable_loss_review_unit_id()));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.admin.v1.OrganisationService/UpdateOrganisation", request, &response));
  NoteUnchanged(response.receipt());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response.organisation());
    return absl::OkStatus();
  }
  Print(options.unit.empty() ? "lost deals are not checked\n"
                             : absl::StrCat("lost deals are checked; by ", options.unit,
                                            " where their reason has no group\n"));
  return absl::OkStatus();
}

absl::Status Take(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::TakeLossReviewRequest request;
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_reviewer_id(), ResolveUser(*client, options.who));
  return Send<pb::TakeLossReviewResponse>(app, "TakeLossReview", options, std::move(request));
}

absl::Status Record(App& app, const Options& options) {
  pb::RecordLossReviewRequest request;
  DAYBOOK_ASSIGN_OR_RETURN(const pb::LossVerdict verdict, ParseVerdict(options.verdict));
  request.set_verdict(verdict);
  request.set_note(options.note);
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(
      ResolveReason(*client, options.reason, request.mutable_reviewed_reason_id()));
  return Send<pb::RecordLossReviewResponse>(app, "RecordLossReview", options, std::move(request));
}

absl::Status Return(App& app, const Options& options) {
  return Send<pb::ReturnLossReviewResponse>(app, "ReturnLossReview", options,
                                            pb::ReturnLossReviewRequest());
}

absl::Status Close(App& app, const Options& options) {
  return Send<pb::CloseLossReviewResponse>(app, "CloseLossReview", options,
                                           pb::CloseLossReviewRequest());
}

absl::Status CorrectReason(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity before, ReadDeal(*client, options.id));
  pb::CorrectLossReasonRequest request;
  request.set_id(before.id());
  DAYBOOK_RETURN_IF_ERROR(
      ResolveReason(*client, options.reason, request.mutable_close_reason_id()));
  DAYBOOK_RETURN_IF_ERROR(
      ResolveReason(*client, options.instead_of, request.mutable_instead_of_id()));
  DAYBOOK_ASSIGN_OR_RETURN(
      const pb::Opportunity deal,
      ChangeDeal<pb::CorrectLossReasonResponse>(*client, "CorrectLossReason", std::move(request)));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(deal);
  } else {
    Names names(*client);
    Print(absl::StrCat(deal.subject(), ": ", names.Title("close_reason", deal.close_reason_id()),
                       "\n"));
  }
  return absl::OkStatus();
}

Command* AddVerb(Command* noun, App& app, const std::string& name, const std::string& what,
                 const std::shared_ptr<Options>& options,
                 absl::Status (*run)(App&, const Options&)) {
  Command* verb = noun->AddCommand(name, what);
  SetAction(verb, app, options, run);
  return verb;
}

void AddGroups(Command* noun, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      AddVerb(noun, app, "group", "Who checks deals lost for a reason", options, &MapGroup);
  verb->AddOption("reason", &options->reason, "Label, code or id").Required();
  verb->AddOption("group", &options->unit, "A unit (name or id); without: the default group");
  verb->AddOption("--days", &options->days, "Days until a review is overdue, with a group");
  options = std::make_shared<Options>();
  AddVerb(noun, app, "default", "Who checks the other lost deals; without: none are checked",
          options, &SetDefault)
      ->AddOption("group", &options->unit, "A unit (name or id)");
}

void AddReviewing(Command* noun, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = AddVerb(noun, app, "take", "Take the review of a loss", options, &Take);
  verb->AddOption("review", &options->id, "Its id").Required();
  verb->AddOption("--by", &options->who, "Who checks it (name or id), not the owner of the deal")
      .Required();
  options = std::make_shared<Options>();
  verb = AddVerb(noun, app, "record", "Record what was found", options, &Record);
  verb->AddOption("review", &options->id, "Its id").Required();
  verb->AddOption("--verdict", &options->verdict,
                  "confirmed, wrong-reason, recoverable or process-fault")
      .Required();
  verb->AddOption("--reason", &options->reason, "The right reason (label, code or id)");
  verb->AddOption("--note", &options->note, "Why; needed unless confirmed");
  options = std::make_shared<Options>();
  AddVerb(noun, app, "return", "Give a reviewed loss back to sales", options, &Return)
      ->AddOption("review", &options->id, "Its id")
      .Required();
  options = std::make_shared<Options>();
  AddVerb(noun, app, "close", "Close a review that is done", options, &Close)
      ->AddOption("review", &options->id, "Its id")
      .Required();
}

}  // namespace

void AddLossReviewVerbs(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      AddVerb(Noun(root, "analysis"), app, "loss-reviews",
              "Reasons of losses as given and as found by the reviewers", options, &Analyse);
  verb->AddOption("--period", &options->period, kPeriodHelp);
  verb->AddOption("--group", &options->unit, "Reviews of this unit only (name or id)");
  verb->AddOption("--as-of", &options->as_of,
                  "What was known then: a day (its end), an instant or a position");
  AddGroups(Noun(root, "review"), app);
  AddReviewing(Noun(root, "review"), app);
  options = std::make_shared<Options>();
  verb = AddVerb(Noun(root, "deal"), app, "correct-reason", "Correct why a deal was lost", options,
                 &CorrectReason);
  verb->AddOption("deal", &options->id, "Subject or id").Required();
  verb->AddOption("reason", &options->reason, "The right reason (label, code or id)").Required();
  verb->AddOption("--instead-of", &options->instead_of,
                  "The wrong one, where job requests were declined for several");
}

}  // namespace daybook::cli
