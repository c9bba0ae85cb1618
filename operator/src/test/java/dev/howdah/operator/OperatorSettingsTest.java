// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OperatorSettingsTest {
  @Test
  void laterSourcesWin() {
    var settings =
        OperatorSettings.of(
            List.of(
                Map.of("WATCH_NAMESPACE", "a", "CERTIFICATE_DURATION", "30"),
                Map.of("WATCH_NAMESPACE", " b , c "),
                Map.of("INHERITED_LABELS", "team,app.*")));

    assertThat(settings.watchNamespaces()).containsExactlyInAnyOrder("b", "c");
    assertThat(settings.certificateDuration()).isEqualTo(Duration.ofDays(30));
    assertThat(settings.inheritedLabels()).containsExactly("team", "app.*");
    assertThat(settings.standbyTcpUserTimeout()).isNull();
  }

  @Test
  void allErrorsAreSaidAtOnce() {
    var values =
        Map.of(
            "CERTIFICATE_DURATION", "soon",
            "CREATE_ANY_SERVICE", "maybe",
            "EXPIRING_CHECK_THRESHOLD", "0");

    assertThatThrownBy(() -> OperatorSettings.of(List.of(values)))
        .hasMessageContaining("CERTIFICATE_DURATION is \"soon\"")
        .hasMessageContaining("CREATE_ANY_SERVICE is \"maybe\"")
        .hasMessageContaining("EXPIRING_CHECK_THRESHOLD is \"0\"");
  }

  @Test
  void renewalMustComeBeforeTheEnd() {
    assertThatThrownBy(() ->
            OperatorSettings.of(
                List.of(Map.of("CERTIFICATE_DURATION", "5", "EXPIRING_CHECK_THRESHOLD", "7"))))
        .hasMessageContaining("must be less than");
  }

  @Test
  void anEmptyValueIsTheDefaultExceptWhereItMeansNothing() {
    var settings =
        OperatorSettings.of(
            List.of(
                Map.of(
                    "MONITORING_QUERIES_CONFIGMAP",
                    "",
                    "PULL_SECRET_NAME",
                    " ",
                    "CERTIFICATE_DURATION",
                    "",
                    "DRAIN_TAINTS",
                    "")));

    assertThat(settings.monitoringConfigMap()).isEmpty();
    assertThat(settings.pullSecret()).isEmpty();
    assertThat(settings.certificateDuration()).isEqualTo(Duration.ofDays(90));
    assertThat(settings.drainTaints()).hasSize(4);
    assertThat(OperatorSettings.defaults().monitoringConfigMap())
        .isEqualTo("cnpg-default-monitoring");
  }

  @Test
  void saysWhatIsSetWithoutEffect() {
    var settings =
        OperatorSettings.of(
            List.of(Map.of("PLUGIN_SOCKET_DIR", "/elsewhere", "WATCH_NAMESPACE", "a")));

    assertThat(settings.ignored()).containsExactly(Map.entry("PLUGIN_SOCKET_DIR", "/elsewhere"));
  }
}
