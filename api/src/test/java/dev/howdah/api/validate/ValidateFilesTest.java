// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateFilesTest {
  private static final String GOOD =
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata: {name: pg}
      spec:
        storage: {size: 1Gi}
      """;

  @TempDir Path folder;

  private record Outcome(int code, String text) {}

  private static Outcome validate(String input, boolean json, boolean strict, String... names) {
    StringWriter out = new StringWriter();
    int code =
        ValidateFiles.run(
            List.of(names),
            new Validator(),
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            json,
            strict,
            new PrintWriter(out));
    return new Outcome(code, out.toString());
  }

  @Test
  void acceptsWhatIsValidAndPassesForeignKindsOver() {
    Outcome outcome = validate(GOOD + "---\napiVersion: v1\nkind: Secret\n", false, false, "-");

    assertThat(outcome.code).isZero();
    assertThat(outcome.text)
        .isEqualTo("1 resource, 0 errors, 0 warnings (1 object of other kinds passed over)\n");
  }

  @Test
  void tellsFileLineObjectAndFieldOfAnError() throws IOException {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, GOOD.replace("1Gi", "1Gb"));

    Outcome outcome = validate("", false, false, folder.toString());

    assertThat(outcome.code).isOne();
    assertThat(outcome.text)
        .startsWith(
            file
                + ":5: Cluster pg: error: spec.storage.size: Invalid value: \"1Gb\": not a quantity");
  }

  @Test
  void warningsFailOnlyWhenAskedTo() {
    String warned = GOOD + "  nodeMaintenanceWindow: {}\n";

    assertThat(validate(warned, false, false, "-").code).isZero();
    assertThat(validate(warned, false, true, "-").code).isOne();
  }

  @Test
  void printsJsonForPrograms() throws IOException {
    Outcome outcome = validate(GOOD.replace("1Gi", "1Gb"), true, false, "-");

    var report = new ObjectMapper().readTree(outcome.text);
    assertThat(report.path("valid").asBoolean()).isFalse();
    assertThat(report.path("resources").path(0).path("findings").path(0).path("path").asText())
        .isEqualTo("spec.storage.size");
    assertThat(report.path("resources").path(0).path("findings").path(0).path("line").asInt())
        .isEqualTo(5);
  }

  @Test
  void countsWhatCanNotBeReadAsErrors() {
    assertThat(validate("a: [", false, false, "-").code).isOne();
    assertThat(validate("", false, false, folder.resolve("missing.yaml").toString()).code).isOne();
    assertThat(validate("kind: Cluster", false, false, "-").text)
        .contains("an object without apiVersion and kind");
    assertThat(validate("apiVersion: postgresql.cnpg.io/v1\nkind: Klaster", false, false, "-").text)
        .contains("there is no kind Klaster in postgresql.cnpg.io/v1");
  }

  @Test
  void seesObjectsThatClashWithEachOther() {
    String pooler =
        """
        ---
        apiVersion: postgresql.cnpg.io/v1
        kind: Pooler
        metadata: {name: pg}
        spec: {cluster: {name: other}, pgbouncer: {}}
        """;
    String database =
        """
        ---
        apiVersion: postgresql.cnpg.io/v1
        kind: Database
        metadata: {name: %s}
        spec: {cluster: {name: pg}, name: shop, owner: app}
        """;

    Outcome outcome =
        validate(
            GOOD + "---\n" + GOOD + pooler + database.formatted("a") + database.formatted("b"),
            false,
            false,
            "-");

    assertThat(outcome.text)
        .contains("Cluster pg: error: metadata.name: Duplicate value: \"pg\": described before")
        .contains("Pooler pg: error: metadata.name: Invalid value: \"pg\": a Cluster has this name")
        .contains("spec.name: Duplicate value: \"shop\": Database a manages this already");
  }
}
