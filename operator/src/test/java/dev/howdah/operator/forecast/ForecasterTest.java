// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.api.rules.Defaults;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ForecasterTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final String THREE =
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata: {name: shop, namespace: db}
      spec:
        instances: 3
        storage: {size: 1Gi}
        postgresql: {parameters: {work_mem: 8MB}}
      """;

  private static ObjectNode cluster(String yaml) {
    try {
      return Defaults.apply((ObjectNode) YAML.readTree(yaml));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A healthy cluster of three: what the forecast for a new one ends with.
  private static Situation running(String yaml) {
    ObjectNode live = cluster(yaml);
    live.withObject("/metadata").put("uid", "uid-0").put("generation", 1);
    return Rehearsals.healthy(live, NOW);
  }

  private static ObjectNode changed(Situation from, Consumer<ObjectNode> how) {
    ObjectNode copy = Objects.requireNonNull(from.live()).deepCopy();
    copy.remove("status");
    how.accept((ObjectNode) copy.get("spec"));
    return copy;
  }

  private static List<String> steps(Forecast forecast) {
    return forecast.steps().stream().map(s -> s.what() + " " + s.object()).toList();
  }

  @Test
  void aNewClusterIsMadeFromItsFirstInstance() {
    Forecast forecast = Forecaster.of(Situation.empty(NOW), cluster(THREE));

    assertThat(steps(forecast))
        .contains("CREATE Secret shop-ca", "CREATE Service shop-rw", "CREATE Job shop-1-initdb")
        .containsSubsequence("CREATE Job shop-1-initdb", "CREATE Pod shop-1", "CREATE Pod shop-2");
    assertThat(forecast.phase()).isEqualTo("Cluster in healthy state");
    assertThat(forecast.refused()).isEmpty();
  }

  @Test
  void whatIsAsItShouldBeLeadsToNothing() {
    Situation from = running(THREE);

    assertThat(Forecaster.underWay(from)).isEmpty();
    Forecast forecast = Forecaster.of(from, changed(from, _ -> {}));

    assertThat(forecast.steps()).isEmpty();
    assertThat(forecast.parameters()).isEmpty();
    assertThat(forecast.phase()).isEqualTo("Cluster in healthy state");
  }

  @Test
  void aFieldThatOnlyDescribesLeadsToNothing() {
    Situation from = running(THREE);

    Forecast forecast =
        Forecaster.of(
            from, changed(from, s -> s.put("description", "orders").put("failoverDelay", 0)));

    assertThat(forecast.steps()).isEmpty();
  }

  @Test
  void aParameterThatNeedsNoRestartIsReloaded() {
    Situation from = running(THREE);

    Forecast forecast =
        Forecaster.of(
            from,
            changed(from, s -> s.withObject("/postgresql/parameters").put("work_mem", "16MB")));

    assertThat(steps(forecast)).containsExactly("RELOAD all instances");
    assertThat(forecast.parameters()).singleElement().matches(c -> c.name().equals("work_mem"));
  }

  @Test
  void aRestartParameterRestartsStandbysFirst() {
    Situation from = running(THREE);

    Forecast forecast =
        Forecaster.of(
            from,
            changed(
                from, s -> s.withObject("/postgresql/parameters").put("shared_buffers", "64MB")));

    assertThat(steps(forecast))
        .containsExactly(
            "RELOAD all instances",
            "RESTART instance shop-3 (standby)",
            "RESTART instance shop-2 (standby)",
            "RESTART instance shop-1 (primary)");
    assertThat(forecast.phase()).isEqualTo("Cluster in healthy state");
  }

  @Test
  void aSwitchoverMethodSwitchesOverBeforeTheOldPrimaryRestarts() {
    Situation from =
        running(THREE.replace("instances: 3", "instances: 3\n  primaryUpdateMethod: switchover"));

    Forecast forecast =
        Forecaster.of(
            from, changed(from, s -> s.withObject("/resources/requests").put("memory", "256Mi")));

    assertThat(steps(forecast))
        .containsExactly(
            "RESTART instance shop-3 (standby)",
            "RESTART instance shop-2 (standby)",
            "SWITCHOVER from shop-1 to shop-2",
            "RESTART instance shop-1 (standby)");
  }

  @Test
  void aSupervisedUpdateWaitsForAPerson() {
    Situation from =
        running(THREE.replace("instances: 3", "instances: 3\n  primaryUpdateStrategy: supervised"));

    Forecast forecast =
        Forecaster.of(
            from, changed(from, s -> s.withObject("/resources/requests").put("memory", "256Mi")));

    assertThat(steps(forecast)).endsWith("WAIT Cluster shop");
    assertThat(forecast.phase()).isEqualTo("Waiting for user action");
  }

  @Test
  void moreInstancesAreClonedAndFewerAreTakenAway() {
    Situation from = running(THREE);

    assertThat(steps(Forecaster.of(from, changed(from, s -> s.put("instances", 4)))))
        .contains(
            "CREATE PersistentVolumeClaim shop-4", "CREATE Job shop-4-join", "CREATE Pod shop-4");
    assertThat(steps(Forecaster.of(from, changed(from, s -> s.put("instances", 2)))))
        .contains("DELETE Pod shop-3", "DELETE PersistentVolumeClaim shop-3");
  }

  @Test
  void aBrokenDefinitionIsRefused() {
    Situation from = running(THREE);

    Forecast forecast =
        Forecaster.of(
            from,
            changed(from, s -> s.withObject("/postgresql/parameters").put("data_directory", "/x")));

    assertThat(forecast.refused()).contains("spec.postgresql.parameters[data_directory]");
    assertThat(forecast.steps()).isEmpty();
  }

  @Test
  void aLargerVolumeGrowsAndASmallerOneIsWarnedOf() {
    Situation from = running(THREE);

    Forecast larger =
        Forecaster.of(from, changed(from, s -> s.withObject("/storage").put("size", "2Gi")));

    assertThat(steps(larger))
        .contains("CHANGE PersistentVolumeClaim shop-1", "CHANGE PersistentVolumeClaim shop-3");
    assertThat(larger.phase()).isEqualTo("Cluster in healthy state");
  }

  @Test
  void secretsThatMayNotBeReadAreTakenToBeInOrder() {
    Situation all = running(THREE);
    var without =
        new Situation(
            all.live(),
            all.objects().stream().filter(o -> !o.path("kind").asText().equals("Secret")).toList(),
            Map.of(),
            List.of(),
            Set.of("Secret"),
            NOW);

    Forecast forecast = Forecaster.of(without, changed(without, s -> s.put("instances", 2)));

    assertThat(steps(forecast)).noneMatch(s -> s.contains("Secret"));
    assertThat(Json.name(Objects.requireNonNull(without.live()))).isEqualTo("shop");
  }
}
