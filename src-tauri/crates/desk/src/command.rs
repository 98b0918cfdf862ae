//! The one command list. Every host (the Tauri shell, the loopback HTTP host) answers exactly these by calling
//! [`Desk::answer`](crate::Desk::answer); the window's TypeScript types are generated from the same list.

/// Calls `$then!` with every command as `name(Request) -> Result, "what it does"`.
#[macro_export]
macro_rules! with_commands {
    ($then:ident) => {
        $then! {
            app_state(Empty) -> AppState, "What does not change while the program runs.";
            status(Empty) -> Status, "What the status strip shows.";
            tokens_list(Empty) -> TokenList, "Tokens plugged in, read without a PIN.";
            token_facts(TokenRef) -> TokenView, "One token read anew, for its PIN dialog.";
            token_give_up(Empty) -> Empty, "Ends the wait for a token: its driver's process is ended.";
            token_check(TokenCheck) -> TokenDiagnostics, "Modules, readers, tokens, drivers' behaviour: for a help desk.";
            session_open(SessionOpen) -> SessionView, "Opens a token with its PIN, for one role.";
            session_close(SessionClose) -> SessionView, "Signs one role out.";
            case_get(Empty) -> CaseView, "The case on the counter.";
            case_update(CaseForm) -> CaseView, "Replaces the typed part of the case.";
            case_attest(CaseAttest) -> CaseView, "Attests, or withdraws, that the pages match the original.";
            case_discard(Empty) -> CaseView, "Clears the counter and starts a new case.";
            case_sign(CaseSign) -> SignedCopy, "F9: number, build, sign, seal, register, queue.";
            case_set_aside(Empty) -> CaseView, "Sets the complete case aside, to be signed later; the counter is free.";
            cases_waiting(Empty) -> WaitingList, "The cases set aside to be signed.";
            case_take_up(CaseRef) -> CaseView, "Lays a waiting case on the empty counter again.";
            cases_sign(CasesSign) -> CasesSigned, "Signs waiting cases one by one; a wrong PIN or a lost token ends it.";
            cases_stop(Empty) -> Empty, "Stops the signing of waiting cases after the one under way.";
            page_add(PageAdd) -> CaseView, "Adds the page or pages of an uploaded file.";
            page_set_corners(PageSetCorners) -> CaseView, "Sets the outline by hand.";
            page_confirm(PageRef) -> CaseView, "Confirms the outline that was found, and the shot as it is.";
            page_set_paper(PageSetPaper) -> CaseView, "Names the paper of a page, so that its true size is known.";
            page_set_light(PageSetLight) -> CaseView, "Evens out a page's light as the stand measured it, or leaves it as photographed.";
            page_reset(PageRef) -> CaseView, "Detects the outline anew and undoes turns.";
            page_separate(PageRef) -> CaseView, "Makes a page of each paper that lies in the picture.";
            page_rotate(PageRotate) -> CaseView, "Turns a page by quarter turns.";
            page_move(PageMove) -> CaseView, "Moves a page to another place.";
            page_pair(PagePair) -> CaseView, "Makes one A4 of the two sides of a card.";
            page_split(PageRef) -> CaseView, "Takes the A4 of a card apart into its two sides.";
            page_delete(PageRef) -> CaseView, "Takes a page out; its original stays until the case is signed or cleared.";
            page_restore(Empty) -> CaseView, "Puts the page that was taken out last back in its place, as it was.";
            card_read(CardSource) -> CardOffer, "Reads the QR code of an identity card; the form is not changed.";
            phone_open(Empty) -> PhoneView, "Opens a one-time page on the office's LAN for a phone's photographs.";
            phone_state(Empty) -> PhoneView, "The open page for phones.";
            phone_close(Empty) -> Empty, "Closes the page for phones.";
            folder_watch(FolderChoice) -> FolderView, "Chooses the folder of a scan-to-folder machine.";
            folder_state(Empty) -> FolderView, "The watched folder.";
            cameras_list(Empty) -> CameraList, "Cameras that can be used.";
            camera_sight(CameraRef) -> CameraSight, "What is known of the live picture: outline, resolution, stillness.";
            camera_shoot(CameraRef) -> CaseView, "Photographs what lies under the camera as a new page.";
            stand_state(CameraRef) -> StandView, "What is known of a camera's stand.";
            stand_take(StandTake) -> StandView, "Takes one step of measuring a camera's stand.";
            stand_forget(CameraRef) -> StandView, "Forgets a camera's stand: sizes are recognised again, not measured.";
            camera_next(CameraRef) -> Empty, "Training camera: puts the next paper under it.";
            scanners_list(ScannersList) -> ScannerList, "Scanners used before, or all that can be found.";
            scanner_add(ScannerAdd) -> ScannerList, "Adds a network scanner by its address.";
            scanner_remove(ScannerRef) -> ScannerList, "Forgets a scanner, its settings and its key.";
            scanner_abilities(ScannerRef) -> ScannerAbilities, "Ways in and resolutions of a scanner.";
            scan_run(ScanRun) -> ScanDone, "Scans until the paper is out; pages are added as they arrive.";
            scan_cancel(Empty) -> Empty, "Calls off the scan under way; its pages stay.";
            register_day(RegisterDay) -> DayView, "The register of a day.";
            copy_get(CopyRef) -> SignedCopy, "A finished copy.";
            copy_export(CopyRef) -> Exported, "Writes a finished copy to the user's documents folder.";
            unfinished_list(Empty) -> UnfinishedList, "Acts left half done.";
            unfinished_resume(UnfinishedResume) -> SignedCopy, "Signs on where a half-done act stopped.";
            unfinished_void(UnfinishedVoid) -> UnfinishedList, "Voids the number of a half-done act, with the reason.";
            queue_list(Empty) -> QueueView, "The upload queue.";
            queue_run(Empty) -> QueueView, "Send now.";
            queue_retry(CopyRef) -> QueueView, "Puts a held job back into the line.";
            verify_file(VerifyFile) -> Verification, "Verifies the signatures of an uploaded file.";
            verify_copy(CopyRef) -> Verification, "Verifies the file of a finished copy.";
            verify_save(VerifySave) -> Exported, "Writes a report on verified files to the user's documents folder.";
        }
    };
}
