// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.Map;

/// Labels and annotations for all objects made for a cluster.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record InheritedMetadata(
    @Field("Labels") Map<String, String> labels,
    @Field("Annotations") Map<String, String> annotations) {
  public InheritedMetadata {
    labels = Absent.map(labels);
    annotations = Absent.map(annotations);
  }
}
