// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A plugin in use.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PluginStatus(
    @Field(value = "Name", required = true) String name,
    @Field(value = "Version", required = true) String version,
    @Field("What it can do") List<String> capabilities,
    @Field("What it can do for the operator") List<String> operatorCapabilities,
    @Field("What it can do with WAL") List<String> walCapabilities,
    @Field("What it can do for backups") List<String> backupCapabilities,
    @Field("What it can do in recovery jobs") List<String> restoreJobHookCapabilities,
    @Field("What it says of itself") @Nullable String status) {
  public PluginStatus {
    name = Absent.or(name, "");
    version = Absent.or(version, "");
    capabilities = Absent.list(capabilities);
    operatorCapabilities = Absent.list(operatorCapabilities);
    walCapabilities = Absent.list(walCapabilities);
    backupCapabilities = Absent.list(backupCapabilities);
    restoreJobHookCapabilities = Absent.list(restoreJobHookCapabilities);
  }
}
