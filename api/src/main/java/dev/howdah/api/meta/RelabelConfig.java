// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.meta;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A relabelling step of a Prometheus PodMonitor.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RelabelConfig(
    @Field(
            value = "What the step does",
            defaultsTo = "replace",
            oneOf = {
              "replace",
              "Replace",
              "keep",
              "Keep",
              "drop",
              "Drop",
              "hashmod",
              "HashMod",
              "labelmap",
              "LabelMap",
              "labeldrop",
              "LabelDrop",
              "labelkeep",
              "LabelKeep",
              "lowercase",
              "Lowercase",
              "uppercase",
              "Uppercase",
              "keepequal",
              "KeepEqual",
              "dropequal",
              "DropEqual"
            })
        String action,
    @Field("Modulus of the hash of the source labels, for hashmod") @Nullable Long modulus,
    @Field("Expression that the joined source labels are matched with") @Nullable String regex,
    @Field("Value to write, in which groups of the expression may stand")
        @Nullable String replacement,
    @Field("Text between the joined source labels") @Nullable String separator,
    @Field("Labels whose values are joined") List<String> sourceLabels,
    @Field("Label to write") @Nullable String targetLabel) {
  public RelabelConfig {
    action = Absent.or(action, "replace");
    sourceLabels = Absent.list(sourceLabels);
  }
}
