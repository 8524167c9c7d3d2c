// Drives the generated Java client; test_sdks compiles and runs it.
import java.util.List;
import posthoglite.client.ApiClient;
import posthoglite.client.ApiException;
import posthoglite.client.api.DashboardsApi;
import posthoglite.client.api.DataColorThemesApi;
import posthoglite.client.api.QueryApi;
import posthoglite.client.model.AnyEntityNode;
import posthoglite.client.model.Dashboard;
import posthoglite.client.model.DashboardCreate;
import posthoglite.client.model.DataColorTheme;
import posthoglite.client.model.DataColorThemeWrite;
import posthoglite.client.model.EventsNode;
import posthoglite.client.model.PaginatedDashboardBasicList;
import posthoglite.client.model.PatchedDashboard;
import posthoglite.client.model.PatchedSharingConfiguration;
import posthoglite.client.model.QueryRequest;
import posthoglite.client.model.QuerySchemaRoot;
import posthoglite.client.model.SharingConfiguration;
import posthoglite.client.model.TileEntry;
import posthoglite.client.model.TileText;
import posthoglite.client.model.TrendsQuery;

public class Scenario {
  static final String PROJECT = System.getenv("PROJECT");

  static void check(boolean fine, String what) {
    if (!fine) throw new AssertionError(what);
  }

  public static void main(String[] arguments) throws ApiException {
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv("HOST"));
    client.setRequestInterceptor(
        request -> request.header("Authorization", "Bearer " + System.getenv("KEY")));
    DashboardsApi dashboards = new DashboardsApi(client);
    DataColorThemesApi themes = new DataColorThemesApi(client);

    Dashboard made =
        dashboards.dashboardsCreate(
            PROJECT,
            null,
            new DashboardCreate()
                .name("Sign-ups")
                .tags(List.of("growth"))
                .addTilesItem(new TileEntry().text(new TileText().body("# Sign-ups"))));
    Long id = made.getId();
    check(made.getTiles().get(0).getText().getBody().equals("# Sign-ups"), "text");

    PaginatedDashboardBasicList page =
        dashboards.dashboardsList(
            PROJECT, null, null, null, 10L, null, null, "sign", null);
    check(page.getResults().size() == 1 && page.getResults().get(0).getId().equals(id), "list");

    Dashboard changed =
        dashboards.dashboardsPartialUpdate(id, PROJECT, null, new PatchedDashboard().pinned(true));
    check(changed.getPinned() && changed.getTags().equals(List.of("growth")), "patch");
    check(changed.getTiles().size() == 1, "tiles stay");

    SharingConfiguration link =
        dashboards.dashboardsSharingPartialUpdate(
            id, PROJECT, new PatchedSharingConfiguration().enabled(true));
    check(link.getEnabled() && !link.getAccessToken().isEmpty(), "share");

    EventsNode signups =
        new EventsNode().kind(EventsNode.KindEnum.EVENTS_NODE).event("signed up");
    TrendsQuery trends =
        new TrendsQuery()
            .kind(TrendsQuery.KindEnum.TRENDS_QUERY)
            .addSeriesItem(new AnyEntityNode(signups));
    Object results =
        new QueryApi(client)
            .queryCreate(PROJECT, new QueryRequest().query(new QuerySchemaRoot(trends)))
            .getResults();
    check(results instanceof List<?> rows && rows.size() == 1, "query");

    DataColorTheme theme =
        themes.dataColorThemesCreate(
            PROJECT, new DataColorThemeWrite().name("Brand").colors(List.of("#1d4aff")));
    changed =
        dashboards.dashboardsPartialUpdate(
            id, PROJECT, null, new PatchedDashboard().dataColorThemeId(theme.getId()));
    check(changed.getDataColorThemeId().equals(theme.getId()), "theme");

    Dashboard gone =
        dashboards.dashboardsPartialUpdate(id, PROJECT, null, new PatchedDashboard().deleted(true));
    check(gone.getDeleted(), "delete");
    try {
      dashboards.dashboardsRetrieve(id, PROJECT, null, null, null, null, null);
      throw new AssertionError("A deleted dashboard can still be read.");
    } catch (ApiException error) {
      check(error.getCode() == 404, "gone");
    }
    System.out.println("done");
  }
}
