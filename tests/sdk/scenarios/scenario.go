// Drives the generated Go client; test_sdks builds and runs it.
package main

import (
	"context"
	"fmt"
	"os"

	sdk "github.com/posthog-lite/client"
)

func check(fine bool, what string) {
	if !fine {
		fmt.Println("wrong:", what)
		os.Exit(1)
	}
}

func must(err error) {
	if err != nil {
		if answer, ok := err.(*sdk.GenericOpenAPIError); ok {
			fmt.Println(string(answer.Body()))
		}
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	project := os.Getenv("PROJECT")
	configuration := sdk.NewConfiguration()
	configuration.Servers = sdk.ServerConfigurations{{URL: os.Getenv("HOST")}}
	client := sdk.NewAPIClient(configuration)
	ctx := context.WithValue(context.Background(), sdk.ContextAccessToken, os.Getenv("KEY"))
	dashboards, themes := client.DashboardsAPI, client.DataColorThemesAPI

	body := sdk.NewDashboardCreate()
	body.SetName("Sign-ups")
	body.SetTags([]string{"growth"})
	body.SetTiles([]sdk.TileEntry{{Text: *sdk.NewNullableTileText(sdk.NewTileText())}})
	body.Tiles[0].Text.Get().SetBody("# Sign-ups")
	made, _, err := dashboards.DashboardsCreate(ctx, project).DashboardCreate(*body).Execute()
	must(err)
	id := made.GetId()
	check(made.Tiles[0].Text.Get().GetBody() == "# Sign-ups", "text")

	page, _, err := dashboards.DashboardsList(ctx, project).Search("sign").Limit(10).Execute()
	must(err)
	check(len(page.Results) == 1 && page.Results[0].GetId() == id, "list")

	pin := sdk.NewPatchedDashboard()
	pin.SetPinned(true)
	changed, _, err := dashboards.DashboardsPartialUpdate(ctx, id, project).PatchedDashboard(*pin).Execute()
	must(err)
	check(changed.GetPinned() && changed.GetTags()[0] == "growth" && len(changed.Tiles) == 1, "patch")

	open := sdk.NewPatchedSharingConfiguration()
	open.SetEnabled(true)
	link, _, err := dashboards.DashboardsSharingPartialUpdate(ctx, id, project).PatchedSharingConfiguration(*open).Execute()
	must(err)
	check(link.GetEnabled() && link.GetAccessToken() != "", "share")

	signups := sdk.NewEventsNode("EventsNode")
	signups.SetEvent("signed up")
	trends := sdk.NewTrendsQuery("TrendsQuery")
	trends.SetSeries([]sdk.AnyEntityNode{{EventsNode: signups}})
	query := sdk.NewQueryRequest(sdk.QuerySchemaRoot{TrendsQuery: trends})
	answer, _, err := client.QueryAPI.QueryCreate(ctx, project).QueryRequest(*query).Execute()
	must(err)
	check(len(answer.GetResults().([]interface{})) == 1, "query")

	brand := sdk.NewDataColorThemeWrite("Brand")
	brand.SetColors([]string{"#1d4aff"})
	theme, _, err := themes.DataColorThemesCreate(ctx, project).DataColorThemeWrite(*brand).Execute()
	must(err)
	paint := sdk.NewPatchedDashboard()
	paint.SetDataColorThemeId(theme.GetId())
	changed, _, err = dashboards.DashboardsPartialUpdate(ctx, id, project).PatchedDashboard(*paint).Execute()
	must(err)
	check(changed.GetDataColorThemeId() == theme.GetId(), "theme")
	paint.SetDataColorThemeIdNil()
	changed, _, err = dashboards.DashboardsPartialUpdate(ctx, id, project).PatchedDashboard(*paint).Execute()
	must(err)
	check(!changed.DataColorThemeId.IsSet() || changed.DataColorThemeId.Get() == nil, "no theme")

	hide := sdk.NewPatchedDashboard()
	hide.SetDeleted(true)
	gone, _, err := dashboards.DashboardsPartialUpdate(ctx, id, project).PatchedDashboard(*hide).Execute()
	must(err)
	check(gone.GetDeleted(), "delete")
	_, response, err := dashboards.DashboardsRetrieve(ctx, id, project).Execute()
	check(err != nil && response.StatusCode == 404, "gone")
	fmt.Println("done")
}
