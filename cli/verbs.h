#pragma once

// One function for each verb; main.cc lists them. Each adds its options and sets App::action when
// chosen.

#include <string>

namespace CLI {
class App;
}

namespace daybook::cli {

class App;

// The noun of a verb, made on first use.
CLI::App* Noun(CLI::App& root, const std::string& name);

void AddInit(CLI::App& root, App& app);
void AddStatus(CLI::App& root, App& app);
void AddBoardShow(CLI::App& root, App& app);
void AddBoardMove(CLI::App& root, App& app);
void AddKpiShow(CLI::App& root, App& app);
void AddKpiDrill(CLI::App& root, App& app);
void AddBoardTotals(CLI::App& root, App& app);
void AddBoardStages(CLI::App& root, App& app);
void AddBoardDiff(CLI::App& root, App& app);
void AddAnalysis(CLI::App& root, App& app);
void AddRecordGet(CLI::App& root, App& app);
void AddRecordList(CLI::App& root, App& app);
void AddRecordHistory(CLI::App& root, App& app);
void AddRecordWrite(CLI::App& root, App& app);
void AddFieldVerbs(CLI::App& root, App& app);
void AddFieldList(CLI::App& root, App& app);
void AddAccountTree(CLI::App& root, App& app);
void AddAccountCard(CLI::App& root, App& app);
void AddAccountHandOver(CLI::App& root, App& app);
void AddAccountRoles(CLI::App& root, App& app);
void AddAccountClasses(CLI::App& root, App& app);
void AddBrandAccounts(CLI::App& root, App& app);
void AddContactColleagues(CLI::App& root, App& app);
void AddContactPaths(CLI::App& root, App& app);
void AddChartOrg(CLI::App& root, App& app);
void AddChartRelations(CLI::App& root, App& app);
void AddChartBuyingCenter(CLI::App& root, App& app);
void AddLeadAnalysis(CLI::App& root, App& app);
void AddLeadReturn(CLI::App& root, App& app);
void AddLeadStale(CLI::App& root, App& app);
void AddLeadDuplicates(CLI::App& root, App& app);
void AddLeadStays(CLI::App& root, App& app);
void AddDealLines(CLI::App& root, App& app);
void AddDealPeople(CLI::App& root, App& app);
void AddProductSold(CLI::App& root, App& app);
void AddProcessMigrate(CLI::App& root, App& app);
void AddProcessLabels(CLI::App& root, App& app);
void AddProcessVersions(CLI::App& root, App& app);
void AddLossReviewVerbs(CLI::App& root, App& app);
void AddProjectVerbs(CLI::App& root, App& app);
void AddProjectUnprocessed(CLI::App& root, App& app);
void AddStreamShow(CLI::App& root, App& app);
void AddLogTail(CLI::App& root, App& app);
void AddLogVerify(CLI::App& root, App& app);
void AddViewList(CLI::App& root, App& app);
void AddViewRebuild(CLI::App& root, App& app);
void AddViewDiff(CLI::App& root, App& app);
void AddRestoreMark(CLI::App& root, App& app);
void AddClockAccept(CLI::App& root, App& app);
void AddKeyVerbs(CLI::App& root, App& app);
void AddImportRun(CLI::App& root, App& app);
void AddImportList(CLI::App& root, App& app);
void AddDemoLoad(CLI::App& root, App& app);
void AddActivityVerbs(CLI::App& root, App& app);
void AddActivityLast(CLI::App& root, App& app);
void AddTodoShow(CLI::App& root, App& app);
void AddTimelineShow(CLI::App& root, App& app);
void AddCalendarVerbs(CLI::App& root, App& app);
void AddCompletion(CLI::App& root, App& app);

}  // namespace daybook::cli
