//! The window's TypeScript types, generated from the command list so that the two can never differ.

use crate::{
    api::*,
    error::DeskError,
    tools::{
        CardService, CertificateReport, ModuleReport, Problem, ReaderReport, TokenDiagnostics, TokenReport,
    },
};
use ts_rs::{Config, TS};

/// The whole of `ui/src/backend/bindings.ts`.
pub fn bindings() -> String {
    let config = Config::default();
    let mut out = String::from(
        "// Generated from the desk's command list by `cargo xtask types`. Do not edit.\n/* eslint-disable */\n\n",
    );
    macro_rules! declare {
        ($($type:ty),+ $(,)?) => { $(
            out.push_str("export ");
            out.push_str(&<$type>::decl(&config));
            out.push('\n');
        )+ };
    }
    declare!(
        Empty,
        DeskEvent,
        SigningStep,
        SigningRole,
        PinState,
        CertificateProblem,
        CertificateWarning,
        PinLengths,
        TokenView,
        TokenList,
        ModuleView,
        TokenRef,
        TokenCheck,
        TokenDiagnostics,
        CardService,
        ReaderReport,
        ModuleReport,
        Problem,
        TokenReport,
        CertificateReport,
        SessionOpen,
        SignaturePins,
        SessionClose,
        SessionView,
        HolderView,
        Mode,
        AppState,
        Limits,
        Status,
        BookStatus,
        QueueStatus,
        RequesterForm,
        PaperForm,
        CaseForm,
        CaseView,
        StatementLineView,
        StatementLineKind,
        FeeView,
        Missing,
        Point,
        PageView,
        RemovedPage,
        PageWarning,
        ToldPaper,
        PageSetPaper,
        PageSetLight,
        PageAdd,
        PageSetCorners,
        PageRotate,
        PageMove,
        PageRef,
        PagePair,
        CardSource,
        CardOffer,
        PhoneView,
        FolderChoice,
        FolderView,
        CaseAttest,
        CaseSign,
        CameraList,
        CameraView,
        CameraRef,
        CameraSight,
        StandStep,
        StandTake,
        StandView,
        ScannerDriver,
        ScanFeed,
        ScanPass,
        ScannersList,
        ScannerList,
        ScannerView,
        ScannerRef,
        ScannerAdd,
        ScannerAbilities,
        ScanRun,
        ScanDone,
        WaitingList,
        WaitingView,
        CaseRef,
        CasesSign,
        CasesSigned,
        CaseOutcome,
        SignedCopy,
        RegisterDay,
        DayView,
        EntryView,
        CopyRef,
        Exported,
        UnfinishedList,
        UnfinishedView,
        UnfinishedState,
        UnfinishedResume,
        UnfinishedVoid,
        Lane,
        JobState,
        QueueView,
        JobView,
        VerifyFile,
        VerifySave,
        ReportFormat,
        FileVerdict,
        Headline,
        SignedContent,
        LaterChanges,
        SignerTrust,
        Revocation,
        Verification,
        SignatureView,
        TimestampView,
        SignerView,
        ReasonView,
        RegisterMatch,
        RegisterFinding,
        DeskError,
    );
    out.push_str("\n/** Every command with its request and its result. */\nexport interface Commands {\n");
    macro_rules! list {
        ($($name:ident($request:ty) -> $result:ty, $doc:literal;)+) => { $(
            out.push_str(concat!("  /** ", $doc, " */\n  ", stringify!($name), ": { request: "));
            out.push_str(&<$request>::name(&config));
            out.push_str("; result: ");
            out.push_str(&<$result>::name(&config));
            out.push_str(" };\n");
        )+ };
    }
    crate::with_commands!(list);
    out.push_str("}\n\n/** Every error code. */\nexport const errorCodes = [\n");
    for code in DeskError::CODES {
        out.push_str(&format!("  '{code}',\n"));
    }
    out.push_str("] as const;\n");
    out
}
