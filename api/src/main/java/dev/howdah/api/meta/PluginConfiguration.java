// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.meta;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.schema.Field;
import java.util.Map;

/// A plugin, and what it is told.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PluginConfiguration(
    @Field(value = "Name of the plugin, such as barman-cloud.cloudnative-pg.io", required = true)
        String name,
    @Field(value = "Whether the plugin is used", defaultsTo = "true") Boolean enabled,
    @JsonProperty("isWALArchiver")
        @Field(
            value = "Whether this plugin archives the WAL; at most one may",
            defaultsTo = "false")
        Boolean isWalArchiver,
    @Field("Settings passed to the plugin as they are") Map<String, String> parameters) {
  public PluginConfiguration {
    name = Absent.or(name, "");
    enabled = Absent.or(enabled, true);
    isWalArchiver = Absent.or(isWalArchiver, false);
    parameters = Absent.map(parameters);
  }
}
