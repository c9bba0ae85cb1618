// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.Map;

/// Versions of the ConfigMaps in use.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ConfigMapResourceVersion(
    @Field("Of ConfigMaps with queries") Map<String, String> metrics) {
  public ConfigMapResourceVersion {
    metrics = Absent.map(metrics);
  }
}
