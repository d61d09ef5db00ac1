"""The words of a model's definition: which are read, and which are known to change no number that a report shows.

A word that is in neither list may mean anything, so a reader must say that it was met.

Source: https://learn.microsoft.com/analysis-services/tmsl/tabular-model-scripting-language-tmsl-reference and
https://learn.microsoft.com/analysis-services/tmdl/tmdl-reference
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linter.json_tree import Tree


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


READ = _words(
    """
    annotation annotations calculationGroup calculationItem calculationItems collation column columns
    connectionString crossFilteringBehavior dataSource dataSources dataType defaultHierarchy defaultMode
    description expression expressions filterExpression formatString formatStringDefinition fromCardinality
    fromColumn fromTable hierarchies hierarchy isActive isHidden isPrivate joinOnDateBehavior kpi level levels
    measure measures mode model multipleOrEmptySelectionExpression name noSelectionExpression partition
    partitions precedence query relationship relationships role roles showAsVariationsOnly sortByColumn source
    sourceColumn statusExpression table tablePermission tablePermissions tables targetExpression toCardinality
    toColumn toTable trendExpression refreshPolicy sourceExpression type value variation variations
    """
)
"""Words whose meaning reaches the model."""

HARMLESS = _words(
    """
    address alignment alternateOf attributeHierarchy authenticationKind baseColumn baseTable bindingInfo
    bindingInfoCollection changedProperties changedProperty columnPermission columnPermissions
    compatibilityLevel compatibilityMode connectionDetails content contentType credential culture cultureInfo
    cultures dataAccessOptions dataCategory dataCoverageDefinition dataView database defaultDataView
    defaultDetailRowsDefinition defaultMeasure defaultPowerBIDataSourceVersion detailRowsDefinition
    directLakeBehavior discourageCompositeModels discourageImplicitMeasures
    discourageReportMeasures displayFolder displayOrdinal encodingHint entityName evaluationBehavior
    excludeFromAutomaticAggregations excludeFromModelRefresh excludedArtifact excludedArtifacts
    expressionSource extendedProperties extendedProperty fastCombine folder forceUniqueNames groupByColumn
    groupByColumns hideMembers id impersonationMode includeAll isAvailableInMDX isAvailableInMdx
    isDataTypeInferred isDefault isDefaultImage isDefaultLabel isKey isNameInferred isNullable isRemoved
    isSimpleMeasure isUnique isolation keepUniqueRows kind language legacyRedirects lineageTag
    linguisticMetadata mAttributes maxConnections maxParallelismPerQuery maxParallelismPerRefresh member
    members metadataPermission modelPermission ordinal parameterValuesColumn perspective perspectiveColumn
    perspectiveColumns perspectiveHierarchies perspectiveHierarchy perspectiveMeasure perspectiveMeasures
    perspectiveSet perspectiveTable perspectiveTables perspectives property provider queryGroup queryGroups
    readWriteMode ref relatedColumnDetails relyOnReferentialIntegrity remarks
    remoteParameterName retainDataTillForceCalculate returnErrorValuesAsNull schemaName
    securityFilteringBehavior sourceLineageTag sourceProviderType sourceQueryCulture state statusDescription
    statusGraphic storageLocation storageMode summarization summarizeBy systemManaged tableDetailPosition
    targetDescription targetFormatString timeout translations trendDescription trendGraphic
    unicodeCharacterBehavior version start end granularity refreshBookmark sourceType
    modifiedTime structureModifiedTime refreshedTime createdTimestamp lastUpdate lastSchemaUpdate lastProcessed
    errorMessage estimatedSize currentStorageSizeInMB
    """
)
"""Words of names, looks, storage, refresh, permissions to change, and of readers' rights: no number depends on them."""

STATED = frozenset({"calendar", "calendars", "function", "functions"})
"""Words whose use is met where it matters: a formula that calls such a function or calendar says so."""

CLOSED = _words(
    """
    address annotations bindingInfo connectionDetails content credential cultureInfo cultures extendedProperties
    extendedProperty linguisticMetadata options perspective perspectives refreshPolicy translations
    calendar calendars calendarColumnGroup
    """
)
"""Objects that are known as a whole: what lies inside them is their own."""

KNOWN = READ | HARMLESS | STATED | CLOSED
FOUND = "unknown"
"""Where the JSON form of a TMDL model has the objects whose words are in no list."""
SPELLED = {word.lower(): word for word in sorted(KNOWN, reverse=True)}
"""The words in their own spelling: letter case means nothing when TMDL is read."""


def strange(tree: Tree) -> Iterator[tuple[str, Tree]]:
    """Every word in the JSON form that is not known, with the object that has it."""
    for word, value in tree.items():
        if word not in KNOWN:
            if word != FOUND:
                yield word, tree
        elif word not in CLOSED:
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    yield from strange(inner)
