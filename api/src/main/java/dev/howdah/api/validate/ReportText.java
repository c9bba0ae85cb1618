// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.finding.Finding;
import java.util.Locale;

/// A report for people, one line a finding, or as JSON for programs.
public final class ReportText {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ReportText() {}

  public static String text(Report report) {
    StringBuilder text = new StringBuilder();
    for (Report.Unreadable file : report.unreadable()) {
      text.append("%s: error: %s%n".formatted(at(file.source(), file.line()), file.reason()));
    }
    for (Report.Judged judged : report.resources()) {
      Manifest manifest = judged.manifest();
      for (Finding finding : judged.findings()) {
        text.append(
            "%s: %s: %s: %s%n"
                .formatted(
                    at(manifest.source(), manifest.lineOf(finding.path())),
                    manifest.title(),
                    finding.severity().name().toLowerCase(Locale.ROOT),
                    finding.message()));
      }
    }
    text.append(
        "%s, %s, %s"
            .formatted(
                count(report.resources().size(), "resource"),
                count(report.errors(), "error"),
                count(report.warnings(), "warning")));
    if (report.foreign() > 0) {
      text.append(" (%s of other kinds passed over)".formatted(count(report.foreign(), "object")));
    }
    return text.append(System.lineSeparator()).toString();
  }

  private static String at(String source, int line) {
    return line > 0 ? source + ":" + line : source;
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  public static ObjectNode json(Report report) {
    ObjectNode root = NODES.objectNode();
    root.put("valid", report.errors() == 0);
    root.put("errors", report.errors());
    root.put("warnings", report.warnings());
    root.put("passedOver", report.foreign());
    ArrayNode files = root.putArray("unreadable");
    for (Report.Unreadable file : report.unreadable()) {
      files
          .addObject()
          .put("file", file.source())
          .put("line", file.line())
          .put("reason", file.reason());
    }
    ArrayNode resources = root.putArray("resources");
    for (Report.Judged judged : report.resources()) {
      resources.add(json(judged));
    }
    return root;
  }

  private static ObjectNode json(Report.Judged judged) {
    Manifest manifest = judged.manifest();
    ObjectNode resource = NODES.objectNode();
    resource.put("file", manifest.source());
    resource.put("line", manifest.line());
    resource.put("kind", manifest.tree().path("kind").asText(""));
    resource.put("namespace", manifest.text("metadata", "namespace"));
    resource.put("name", manifest.text("metadata", "name"));
    resource.put("valid", judged.findings().stream().noneMatch(Finding::isError));
    ArrayNode findings = resource.putArray("findings");
    for (Finding finding : judged.findings()) {
      findings
          .addObject()
          .put("severity", finding.severity().name().toLowerCase(Locale.ROOT))
          .put("path", finding.path())
          .put("line", manifest.lineOf(finding.path()))
          .put("value", finding.value())
          .put("reason", finding.reason())
          .put("remedy", finding.remedy());
    }
    return resource;
  }
}
