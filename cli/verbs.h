#pragma once

// One function for each verb; main.cc lists them. Each adds its options and what is done with them.

#include <string>

#include "cli/command_line.h"

namespace daybook::cli {

class App;

// The noun of a verb, made on first use.
Command* Noun(Command& root, const std::string& name);

void AddInit(Command& root, App& app);
void AddStatus(Command& root, App& app);
void AddBoardShow(Command& root, App& app);
void AddBoardMove(Command& root, App& app);
void AddKpiShow(Command& root, App& app);
void AddKpiDrill(Command& root, App& app);
void AddBoardTotals(Command& root, App& app);
void AddBoardStages(Command& root, App& app);
void AddBoardDiff(Command& root, App& app);
void AddAnalysis(Command& root, App& app);
void AddRecordGet(Command& root, App& app);
void AddRecordList(Command& root, App& app);
void AddRecordHistory(Command& root, App& app);
void AddRecordWrite(Command& root, App& app);
void AddFieldVerbs(Command& root, App& app);
void AddFieldList(Command& root, App& app);
void AddAccountTree(Command& root, App& app);
void AddAccountCard(Command& root, App& app);
void AddAccountHandOver(Command& root, App& app);
void AddAccountRoles(Command& root, App& app);
void AddAccountClasses(Command& root, App& app);
void AddBrandAccounts(Command& root, App& app);
void AddContactColleagues(Command& root, App& app);
void AddContactPaths(Command& root, App& app);
void AddChartOrg(Command& root, App& app);
void AddChartRelations(Command& root, App& app);
void AddChartBuyingCenter(Command& root, App& app);
void AddLeadAnalysis(Command& root, App& app);
void AddLeadReturn(Command& root, App& app);
void AddLeadStale(Command& root, App& app);
void AddLeadDuplicates(Command& root, App& app);
void AddLeadStays(Command& root, App& app);
void AddDealLines(Command& root, App& app);
void AddDealPeople(Command& root, App& app);
void AddProductSold(Command& root, App& app);
void AddProcessMigrate(Command& root, App& app);
void AddProcessLabels(Command& root, App& app);
void AddProcessVersions(Command& root, App& app);
void AddLossReviewVerbs(Command& root, App& app);
void AddProjectVerbs(Command& root, App& app);
void AddProjectUnprocessed(Command& root, App& app);
void AddStreamShow(Command& root, App& app);
void AddLogTail(Command& root, App& app);
void AddLogVerify(Command& root, App& app);
void AddViewList(Command& root, App& app);
void AddViewRebuild(Command& root, App& app);
void AddViewDiff(Command& root, App& app);
void AddKeyVerbs(Command& root, App& app);
void AddRestoreMark(Command& root, App& app);
void AddClockAccept(Command& root, App& app);
void AddImportRun(Command& root, App& app);
void AddImportList(Command& root, App& app);
void AddDemoLoad(Command& root, App& app);
void AddActivityVerbs(Command& root, App& app);
void AddActivityLast(Command& root, App& app);
void AddTodoShow(Command& root, App& app);
void AddTimelineShow(Command& root, App& app);
void AddCalendarVerbs(Command& root, App& app);
void AddCompletion(Command& root, App& app);

}  // namespace daybook::cli
