// record history: who changed what in one record, and when.

#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/record/v1/record_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::record::v1;

constexpr int kPageSize = 1000;

struct Options {
  std::string aggregate;
  std::string id;
  std::string field;
  std::string as_of;
};

std::string Show(const google::protobuf::Timestamp& timestamp) {
  const auto time = FromProto(timestamp);
  return time.ok() ? FormatInstant(*time) : "";
}

void AddChange(const pb::RecordChange& change, Names& names, Table* table) {
  // Position, revision and event once; then a line for each field.
  std::vector<std::string> head = {absl::StrCat(change.position()), absl::StrCat(change.revision()),
                                   Show(change.effective_at()),     Show(change.recorded_at()),
                                   names.Actor(change.actor()),     change.type()};
  if (change.fields().empty()) {
    head.insert(head.end(), {"", "", "", change.reason()});
    table->Add(head);
    return;
  }
  for (const auto& field : change.fields()) {
    std::vector<std::string> row = head;
    const std::string& label = field.label().empty() ? field.path() : field.label();
    row.insert(row.end(), {label, field.before(), field.after(), change.reason()});
    table->Add(std::move(row));
  }
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const domain::ObjectType* type, FindType(options.aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListRecordChangesRequest request;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  request.set_aggregate(options.aggregate);
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(*client, *type, options.id));
  request.set_field(options.field);
  request.set_page_size(kPageSize);
  Names names(*client);
  Table table({{"Position", Align::kRight},
               {"Rev", Align::kRight},
               {"Effective"},
               {"Recorded"},
               {"Who"},
               {"Event"},
               {"Field"},
               {"Before"},
               {"After"},
               {"Reason"}});
  do {
    pb::ListRecordChangesResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client->Call("daybook.record.v1.RecordService/ListRecordChanges", request, &page));
    if (app.options.format == OutputFormat::kJson) PrintJson(page);
    for (const auto& change : page.changes()) AddChange(change, names, &table);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (app.options.format != OutputFormat::kJson) PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddRecordHistory(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "record")->AddCommand("history", "Every change of one record, field by field");
  verb->AddOption("type", &options->aggregate, "Type of record, for example opportunity")
      .Required();
  verb->AddOption("id", &options->id, "Its id, or its name if that is unique").Required();
  verb->AddOption("--field", &options->field, "Only changes of this field");
  verb->AddOption("--as-of", &options->as_of, "Changes up to then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
