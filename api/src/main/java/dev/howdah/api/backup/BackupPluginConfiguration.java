// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.backup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.Map;

/// The plugin to back up with.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record BackupPluginConfiguration(
    @Field(value = "Name of the plugin", required = true) String name,
    @Field("Settings passed to the plugin as they are") Map<String, String> parameters) {
  public BackupPluginConfiguration {
    name = Absent.or(name, "");
    parameters = Absent.map(parameters);
  }
}
